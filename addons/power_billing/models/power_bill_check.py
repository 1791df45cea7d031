from odoo import api, fields, models
from odoo.tools.misc import formatLang


class PowerBillCheck(models.Model):
    """What makes a rated bill wait for a clerk before it is issued.

    Each kind compares the bill with the point's usual bill: the mean of its last posted ones.
    """

    _name = "power.bill.check"
    _description = "Bill Check"
    _order = "sequence, id"

    _USUAL_BILLS = 12
    # They compare with the point's usual bill.
    _RELATIVE_KINDS = ("kwh_high", "kwh_low", "amount_high", "amount_low", "zero")

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        selection=[
            ("kwh_high", "kWh far above the usual"),
            ("kwh_low", "kWh far below the usual"),
            ("amount_high", "Amount far above the usual"),
            ("amount_low", "Amount far below the usual"),
            ("zero", "No kWh where there usually are"),
            ("negative", "Amount below zero"),
            ("first", "First bill of the point"),
            ("closed", "kWh at a point that is not supplied"),
            ("no_periods", "Prices by period, but a meter that tells no periods"),
            ("curve_gap", "Load curve with holes"),
        ],
        required=True,
    )
    is_relative = fields.Boolean(compute="_compute_is_relative")
    threshold = fields.Float(
        string="Times",
        digits=(6, 2),
        default=3.0,
        help="How many times the usual (or which part of it) is too far.",
    )
    floor = fields.Float(
        string="By at least",
        digits=(16, 2),
        help="A smaller difference, in kWh or in the company's currency, never matters.",
    )
    min_bills = fields.Integer(
        string="After bills", default=3, help="With fewer earlier bills nothing is usual yet."
    )
    company_id = fields.Many2one(
        comodel_name="res.company", index=True, help="Empty: every company."
    )

    _threshold_above_one = models.Constraint(
        "CHECK (threshold > 1)", "How many times the usual is too far must be more than 1."
    )

    @api.depends("kind")
    def _compute_is_relative(self):
        for check in self:
            check.is_relative = check.kind in self._RELATIVE_KINDS

    def _find(self, figures, currency):
        """Say why a bill is to be looked at, in the user's language; nothing when it is fine.

        :param dict figures: a row of ``power.bill._get_check_figures``
        :param currency: of the bill
        """
        return self._get_finder(currency)(figures)

    def _get_finder(self, currency):
        """Return ``_find`` for many bills of a currency, without reading the check for each."""
        self.ensure_one()
        find = getattr(self, f"_find_{self.kind}")
        if not self.is_relative:
            return lambda figures: find(figures, currency)
        least = self.min_bills
        return lambda figures: (
            figures["bills"] >= least and figures["usual_kwh"] and find(figures, currency)
        )

    def _is_far(self, small, large):
        return large > small * self.threshold and large - small >= self.floor

    def _format_kwh(self, value):
        return formatLang(self.env, value, digits=2)

    def _find_kwh_high(self, figures, currency):
        return self._is_far(figures["usual_kwh"], figures["kwh"]) and self._say_kwh(figures)

    def _find_kwh_low(self, figures, currency):
        low = figures["kwh"] > 0 and self._is_far(figures["kwh"], figures["usual_kwh"])
        return low and self._say_kwh(figures)

    def _say_kwh(self, figures):
        return self.env._(
            "%(kwh)s kWh; usual are %(usual)s",
            kwh=self._format_kwh(figures["kwh"]),
            usual=self._format_kwh(figures["usual_kwh"]),
        )

    def _find_amount_high(self, figures, currency):
        far = self._is_far(figures["usual_amount"], figures["amount"])
        return far and self._say_amount(figures, currency)

    def _find_amount_low(self, figures, currency):
        low = figures["amount"] > 0 and self._is_far(figures["amount"], figures["usual_amount"])
        return low and self._say_amount(figures, currency)

    def _say_amount(self, figures, currency):
        return self.env._(
            "%(amount)s; usual are %(usual)s",
            amount=currency.format(figures["amount"]),
            usual=currency.format(figures["usual_amount"]),
        )

    def _find_zero(self, figures, currency):
        zero = not figures["kwh"] and figures["usual_kwh"] >= self.floor
        return zero and self.env._("no kWh; usual are %s", self._format_kwh(figures["usual_kwh"]))

    def _find_negative(self, figures, currency):
        return figures["amount"] < 0 and self.env._(
            "%s is below zero", currency.format(figures["amount"])
        )

    def _find_first(self, figures, currency):
        return not figures["bills"] and self.env._("the first bill of this supply point")

    def _find_closed(self, figures, currency):
        unsupplied = figures["point_state"] != "active" and not figures.get("is_final")
        unsupplied = unsupplied and figures["kwh"] > 0
        return unsupplied and self.env._(
            "%s kWh, but the point is not supplied", self._format_kwh(figures["kwh"])
        )

    def _find_no_periods(self, figures, currency):
        return figures.get("no_periods") and self.env._(
            "the tariff has prices by period; neither registers nor a load curve tell the periods"
        )

    def _find_curve_gap(self, figures, currency):
        gaps = figures.get("curve_gaps")
        return gaps and self.env._("holes in the load curve: %s; the other values told", gaps)
