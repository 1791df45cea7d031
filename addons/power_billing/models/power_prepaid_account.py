import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import formatLang

_logger = logging.getLogger(__name__)

_BATCH = 200
_FAR = 3650


class PowerPrepaidAccount(models.Model):
    """A prepaid payer's balance as of today: credit less open bills less what is unbilled.

    Money is never kept here: every figure is computed again each day from the books and the
    readings, and explained in ``note``.
    """

    _name = "power.prepaid.account"
    _description = "Prepaid Balance"
    _inherit = ["mail.thread", "power.telling.mixin"]
    _order = "days_left, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Payer",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, index=True, readonly=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True, readonly=True)
    point_ids = fields.Many2many(
        comodel_name="power.supply.point", string="Supply points", compute="_compute_point_ids"
    )
    date = fields.Date(string="As of", readonly=True)
    credit = fields.Monetary(readonly=True)
    amount_open = fields.Monetary(string="Open bills", readonly=True)
    unbilled = fields.Monetary(string="Unbilled (estimate)", readonly=True)
    available = fields.Monetary(readonly=True, help="Credit − open bills − unbilled estimate.")
    amount_per_day = fields.Monetary(string="Charge a day", readonly=True)
    days_left = fields.Integer(
        "Days left",
        readonly=True,
        default=_FAR,
        aggregator="min",
        help="Whole days the balance lasts.",
    )
    date_run_out = fields.Date(string="Runs out", readonly=True)
    note = fields.Text(string="How it comes", readonly=True)
    level_id = fields.Many2one(
        comodel_name="power.prepaid.level",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    date_level = fields.Date(string="Level since", readonly=True)
    date_told = fields.Date(string="Told on", readonly=True)
    cutoff_state = fields.Selection(
        selection=[
            ("none", "No"),
            ("notice", "Notice runs"),
            ("protected", "Protected"),
            ("proposed", "Proposed"),
        ],
        string="Cutting off",
        required=True,
        default="none",
        readonly=True,
        index=True,
        help="A list for people to decide on. Nothing is cut off by itself.",
    )
    date_cutoff = fields.Date(string="Not before", readonly=True)
    protection_note = fields.Text(string="Protected because", readonly=True)

    _partner_company_uniq = models.UniqueIndex(
        "(partner_id, company_id)", "This payer has a prepaid balance already."
    )

    def _compute_point_ids(self):
        for account in self:
            account.point_ids = account._get_points()

    def _get_points(self):
        self.ensure_one()
        return self.env["power.supply.point"].search(
            [
                ("payer_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("is_prepaid", "=", True),
                ("state", "in", ("active", "suspended")),
            ]
        )

    # === Daily === #

    def _cron_update(self):
        """Bring all balances up to date, a committed batch at a time."""
        cron = self.env["ir.cron"]
        for company in self.env["res.company"].search([("power_journal_id", "!=", False)]):
            self._sync_accounts(company)
        today = self.env.company._get_power_today()
        domain = ["|", ("date", "=", False), ("date", "<", today)]
        while accounts := self.search(domain, order="id", limit=_BATCH):
            accounts._update_isolated(today)
            if not cron._commit_progress(len(accounts), remaining=self.search_count(domain)):
                return

    @api.model
    def _sync_accounts(self, company):
        """Give every payer of a prepaid point an account; the others' are archived."""
        payers = {
            payer.id
            for (payer,) in self.env["power.supply.point"]._read_group(
                [
                    ("company_id", "=", company.id),
                    ("is_prepaid", "=", True),
                    ("state", "in", ("active", "suspended")),
                ],
                ["payer_id"],
            )
        }
        accounts = self.with_context(active_test=False).search([("company_id", "=", company.id)])
        known = {account.partner_id.id: account for account in accounts}
        for partner_id, account in known.items():
            if account.active != (partner_id in payers):
                account.active = partner_id in payers
        self.create(
            [
                {"partner_id": partner_id, "company_id": company.id}
                for partner_id in sorted(payers - known.keys())
            ]
        )

    def action_update(self):
        """Compute again now; whoever sees a balance may, for it only follows the books."""
        self.check_access("read")
        self.sudo()._update(self.env.company._get_power_today())

    def _update_isolated(self, today):
        try:
            with self.env.cr.savepoint():
                self._update(today)
                self.env.flush_all()
        except Exception:  # one payer's bad data never stops the others
            _logger.info("Prepaid balances are computed one by one.", exc_info=True)
            self.env.invalidate_all()
            for account in self:
                account._update_alone(today)

    def _update_alone(self, today):
        try:
            with self.env.cr.savepoint():
                self._update(today)
                self.env.flush_all()
        except Exception as error:
            _logger.warning("Prepaid balance %s is not computed.", self.id, exc_info=True)
            self.env.invalidate_all()
            self.write({"date": today, "note": str(error)})

    def _update(self, today):
        for company, accounts in self.grouped("company_id").items():
            accounts._update_company(company, today)

    def _update_company(self, company, today):
        points = self.env["power.supply.point"].search(
            [
                ("payer_id", "in", self.partner_id.ids),
                ("company_id", "=", company.id),
                ("is_prepaid", "=", True),
                ("state", "in", ("active", "suspended")),
            ]
        )
        estimates = points._estimate_prepaid(today)
        points_by_payer = points.grouped("payer_id")
        credits = self.partner_id._get_power_credits(company)
        opened = self._fetch_open(company)
        levels = self.env["power.prepaid.level"].search([("company_id", "=", company.id)])
        for account in self:
            partner = account.partner_id.commercial_partner_id
            own = points_by_payer.get(account.partner_id, points.browse())
            account._set_balance(
                today,
                credits.get(partner.id, 0.0),
                opened[partner.id],
                [(point, estimates[point.id]) for point in own],
                levels,
            )

    def _fetch_open(self, company):
        """Return {commercial partner id: open of bills and late fees}."""
        self.env["account.move"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.commercial_partner_id, sum(m.amount_residual)::text
                  FROM account_move m
                 WHERE m.commercial_partner_id = ANY(%s)
                   AND m.company_id = %s
                   AND m.state = 'posted'
                   AND m.move_type = 'out_invoice'
                   AND (m.power_bill_id IS NOT NULL OR EXISTS (
                       SELECT 1 FROM power_late_fee f WHERE f.move_id = m.id))
              GROUP BY m.commercial_partner_id
                """,
                self.partner_id.commercial_partner_id.ids,
                company.id,
            )
        )
        return defaultdict(float, {partner_id: float(amount) for partner_id, amount in rows})

    def _set_balance(self, today, credit, amount_open, estimates, levels):
        unbilled = sum(float(estimate["unbilled"]) for _point, estimate in estimates)
        per_day = sum(float(estimate["per_day"]) for _point, estimate in estimates)
        available = self.currency_id.round(credit - amount_open - unbilled)
        days_left = None
        if per_day > 0:
            days_left = min(max(int(available / per_day), 0), _FAR)
        vals = {
            "date": today,
            "credit": credit,
            "amount_open": amount_open,
            "unbilled": unbilled,
            "available": available,
            "amount_per_day": per_day,
            "days_left": _FAR if days_left is None else days_left,
            "date_run_out": days_left is not None and today + timedelta(days=days_left),
            "note": "\n".join(self._explain(point, estimate) for point, estimate in estimates),
        }
        self.write(vals)
        reached = levels.filtered(lambda level: level._is_reached(available, days_left))
        self._set_level(reached[-1:], levels, today)
        self._set_cutoff(today)

    def _explain(self, point, estimate):
        label = {
            "curve": self.env._("by the load curve"),
            "readings": self.env._("by readings"),
            "bills": self.env._("by the last bills"),
            "none": self.env._("no readings and no bills yet"),
        }[estimate["basis"]]
        return self.env._(
            "%(point)s, %(basis)s: since %(since)s about %(kwh)s kWh = %(unbilled)s; "
            "%(kwh_per_day)s kWh and %(per_day)s a day",
            point=point.number,
            basis=label,
            since=fields.Date.to_string(estimate["since"]),
            kwh=f"{estimate['kwh']:.2f}",
            unbilled=formatLang(
                self.env, float(estimate["unbilled"]), currency_obj=self.currency_id
            ),
            kwh_per_day=f"{estimate['kwh_per_day']:.2f}",
            per_day=formatLang(self.env, float(estimate["per_day"]), currency_obj=self.currency_id),
        )

    def _set_level(self, level, levels, today):
        """Note the level; tell the customer when it is worse than before, once."""
        if level == self.level_id:
            return
        order = {item: nr for nr, item in enumerate(levels)}
        worse = level and order[level] > order.get(self.level_id, -1)
        self.write({"level_id": level.id, "date_level": today if level else False})
        if worse or not level:
            self.date_told = False
        if worse:
            self._tell_level(today)

    def _tell_level(self, today):
        level = self.level_id
        if self._tell_with(email=level.mail_template_id, sms=level.sms_template_id):
            self.date_told = today

    def _set_cutoff(self, today):
        """Put the account on the list, or off it: after the notice, and never a protected one."""
        level = self.level_id
        if not level.is_cutoff:
            self.write({"cutoff_state": "none", "date_cutoff": False, "protection_note": False})
            return
        reasons = [
            reason for point in self._get_points() for reason in point._get_protection_reasons()
        ]
        # Who could not be told has had no notice.
        earliest = self.date_told and self.date_told + timedelta(days=level.notice_days)
        if reasons:
            state = "protected"
        elif not earliest or today < earliest:
            state = "notice"
        else:
            state = "proposed"
        self.write(
            {
                "cutoff_state": state,
                "date_cutoff": earliest,
                "protection_note": "\n".join(dict.fromkeys(reasons)) or False,
            }
        )

    def action_view_points(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_crm.power_supply_point_action"
        )
        return {**action, "domain": [("id", "in", self._get_points().ids)], "context": {}}
