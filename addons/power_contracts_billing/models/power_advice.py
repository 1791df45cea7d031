from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import formatLang

from odoo.addons.power_crm.tools.batches import in_batches

from .power_advice_line import RIVALS

_MONTHS = 12
_BATCH = 100


class PowerAdvice(models.Model):
    """How a customer could pay less: reckoned from its bills, offered, and checked later."""

    _name = "power.advice"
    _description = "Energy advice"
    _inherit = [
        "power.state.mixin",
        "power.quoted.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _rec_name = "supply_point_id"
    _check_company_auto = True

    _TRANSITIONS = {
        "draft": ("offered",),
        "offered": ("applied", "draft"),
        "applied": ("checked",),
        "checked": ("applied",),
    }

    supply_point_id = fields.Many2one(
        "power.supply.point",
        string="Supply point",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        related="supply_point_id.partner_id", store=True, index=True, string="Customer"
    )
    company_id = fields.Many2one(related="supply_point_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Adviser",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    date = fields.Date(required=True, default=lambda self: self.env.company._get_power_today())
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("offered", "Offered"),
            ("applied", "Applied"),
            ("checked", "Checked"),
        ],
        string="Status",
        required=True,
        default="draft",
        index=True,
        tracking=True,
    )
    bill_ids = fields.Many2many(
        "power.bill",
        "power_advice_bill_rel",
        "advice_id",
        "bill_id",
        string="Bills looked at",
        readonly=True,
    )
    line_ids = fields.One2many("power.advice.line", "advice_id", string="Measures")
    shift_percent = fields.Float(
        string="Peak energy that could move (%)",
        digits=(5, 2),
        compute="_compute_shift_percent",
        store=True,
        readonly=False,
        help="Share of the sharp and peak energy that the customer could use in the valley hours.",
    )
    saving = fields.Monetary(
        string="Promised a year", compute="_compute_saving", store=True, tracking=True
    )
    sale_order_id = fields.Many2one("sale.order", string="Quotation", readonly=True, copy=False)
    date_applied = fields.Date(
        string="Applied since", copy=False, help="First day on which the measures hold."
    )
    checked_months = fields.Integer(string="Months checked", readonly=True, copy=False)
    promised_so_far = fields.Monetary(string="Promised so far", readonly=True, copy=False)
    saved_so_far = fields.Monetary(string="Saved so far", readonly=True, copy=False)

    _shift_range = models.Constraint(
        "CHECK (shift_percent >= 0 AND shift_percent <= 100)",
        "The share that could move lies between 0 and 100 %.",
    )

    @api.depends("company_id")
    def _compute_shift_percent(self):
        for advice in self:
            advice.shift_percent = advice.company_id.power_advice_shift

    @api.depends("line_ids.saving", "line_ids.is_chosen")
    def _compute_saving(self):
        for advice in self:
            advice.saving = sum(advice.line_ids.filtered("is_chosen").mapped("saving"))

    # === RECKON === #

    def _get_bills_domain(self):
        self.ensure_one()
        return [("supply_point_id", "=", self.supply_point_id.id), ("state", "=", "posted")]

    def action_reckon(self):
        """Look for savings in the bills of the last twelve months; earlier findings go."""
        for advice in self:
            if advice.state != "draft":
                raise UserError(
                    self.env._("%s is offered already; make a new one.", advice.display_name)
                )
            bills = self.env["power.bill"].sudo().search(advice._get_bills_domain())
            bills = self.env["power.tariff"]._get_compare_months(bills)
            if not bills:
                raise UserError(
                    self.env._(
                        "%s has no posted bill to learn from.", advice.supply_point_id.display_name
                    )
                )
            found = self.env["power.advice.line"]._find_savings(
                bills, shift_percent=advice.shift_percent
            )
            advice.write(
                {
                    "bill_ids": [Command.set(bills.ids)],
                    "line_ids": [Command.clear(), *(Command.create(vals) for vals in found)],
                }
            )
        return True

    # === OFFER === #

    def action_offer(self):
        """Draft the quotation of the advice with its measures and what they promise."""
        self.ensure_one()
        chosen = self.line_ids.filtered("is_chosen")
        if not chosen:
            raise UserError(self.env._("Choose at least one measure to offer."))
        if len(chosen.filtered(lambda line: line.kind in RIVALS)) > 1:
            raise UserError(
                self.env._(
                    "Less capacity and another way to pay for it lower the same charge: offer one."
                )
            )
        service = self.env.ref("power_contracts.product_advice").product_tmpl_id
        order = self.env["sale.order"]._request_power_quote(
            self.company_id, self.partner_id, service, points=self.supply_point_id, origin=self
        )
        order.order_line.name = self._describe_offer(order.order_line.name)
        self._set_state("offered", sale_order_id=order.id)
        return self.action_open_sale_order()

    def _describe_offer(self, head):
        """Return the text of the offer: each measure, what it saves and what it costs."""
        words = self.with_context(lang=self.partner_id.lang or self.env.lang)
        measures = [
            words.env._(
                "• %(measure)s: %(saving)s a year",
                measure=line._describe(),
                saving=formatLang(words.env, line.saving, currency_obj=self.currency_id),
            )
            for line in words.line_ids.filtered("is_chosen")
        ]
        promise = words.env._(
            "Promised in all: %s a year, checked against your later bills.",
            formatLang(words.env, self.saving, currency_obj=self.currency_id),
        )
        return "\n".join([head, *measures, promise])

    # === CHECK === #

    def action_apply(self):
        for advice in self:
            advice._set_state(
                "applied", date_applied=advice.date_applied or advice._get_next_month()
            )
            accepted = advice._get_adviser_words()._("Accepted: from which day do they hold?")
            advice.activity_ids.filtered(lambda a, text=accepted: a.summary == text).action_done()
        return True

    def _ask_to_apply(self):
        """The customer has accepted: somebody is to say from when the measures hold."""
        words = self._get_adviser_words()
        self._ask_adviser(
            words._("Accepted: from which day do they hold?"),
            words._("Enter the day and press Applied; later bills are checked from then on."),
        )

    def _get_adviser_words(self):
        """Return the environment in the language of the adviser."""
        return self.with_context(lang=self.user_id.lang or self.env.lang).env

    def _get_next_month(self):
        return self.env.company._get_power_today() + relativedelta(months=1, day=1)

    def action_check(self):
        """Compare the bills since with what they would have been without the measures."""
        for advice in self:
            bills = advice._get_later_bills()
            if not bills:
                raise UserError(
                    self.env._(
                        "%(advice)s: no bill since %(day)s is posted yet.",
                        advice=advice.display_name,
                        day=fields.Date.to_string(advice.date_applied),
                    )
                )
            chosen = advice.line_ids.filtered("is_chosen")
            for line in chosen:
                line.saved = line._get_saved(bills)
            advice._set_state(
                "checked",
                checked_months=len(bills),
                promised_so_far=advice.saving * len(bills) / _MONTHS,
                saved_so_far=sum(chosen.mapped("saved")),
            )
        return True

    @api.model
    def _cron_check_savings(self):
        """Daily: check what is applied as soon as another bill is posted, for twelve bills."""
        applied = self.search(
            [("state", "in", ("applied", "checked")), ("checked_months", "<", _MONTHS)]
        )
        in_batches(applied, _BATCH, type(self)._check_by_itself, type(self)._ask_to_check)

    def _check_by_itself(self):
        """Check those with another bill; tell the adviser where less is saved than promised."""
        due = self.filtered(lambda one: len(one._get_later_bills()) > one.checked_months)
        due.action_check()
        for advice in due:
            saved, promised = advice.saved_so_far, advice.promised_so_far
            if advice.currency_id.compare_amounts(saved, promised) < 0:
                amounts = {
                    name: formatLang(self.env, amount, currency_obj=advice.currency_id)
                    for name, amount in (("saved", saved), ("promised", promised))
                }
                words = advice._get_adviser_words()
                advice._ask_adviser(
                    words._("Saves less than promised"),
                    words._(
                        "%(saved)s in %(months)s months, %(promised)s were promised.",
                        months=advice.checked_months,
                        **amounts,
                    ),
                )

    def _ask_to_check(self, error):
        summary = self._get_adviser_words()._("The saving could not be checked")
        self._ask_adviser(summary, str(error))

    def _ask_adviser(self, summary, note):
        """Give the adviser an activity, or the one that waits already its latest words."""
        self.ensure_one()
        known = self.activity_ids.filtered(lambda item: item.summary == summary)
        if known:
            known.note = note
        else:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=(self.user_id or self.env.user).id,
                summary=summary,
                note=note,
            )

    def _get_later_bills(self):
        self.ensure_one()
        domain = [*self._get_bills_domain(), ("period_from", ">=", self.date_applied)]
        return self.env["power.bill"].sudo().search(domain, order="period_from", limit=_MONTHS)
