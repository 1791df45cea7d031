from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class PowerSupplySettlement(models.Model):
    """A day of the month on which a large customer is billed before the month's bill.

    By reading, the energy up to that day is billed; by share, an agreed part of the last month's
    bill. The month's bill settles the whole month and takes off what was billed.
    """

    _name = "power.supply.settlement"
    _description = "Settlement Within the Month"
    _order = "supply_point_id, day, date_from"
    _check_company_auto = True

    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point",
        string="Supply point",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="supply_point_id.company_id", store=True, index=True, precompute=True
    )
    day = fields.Integer(
        string="Day of the month", required=True, help="1 to 28; the month's bill is the last."
    )
    basis = fields.Selection(
        selection=[("reading", "Reading of that day"), ("share", "Share of the last month's bill")],
        required=True,
        default="reading",
    )
    share = fields.Float(
        string="Share (%)", digits=(16, 2), help="Percent of what the last month came to."
    )
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today)
    date_to = fields.Date(string="Until")

    _day_range = models.Constraint(
        "CHECK (day BETWEEN 1 AND 28)", "A settlement is on a day from 1 to 28 of the month."
    )
    _share_range = models.Constraint(
        "CHECK (basis <> 'share' OR (share > 0 AND share <= 100))",
        "The share of an advance is above 0 and at most 100 percent.",
    )
    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "A settlement cannot end before it begins.",
    )
    _day_uniq = models.UniqueIndex(
        "(supply_point_id, day, date_from)", "This point already has a settlement on that day."
    )

    @api.depends("supply_point_id.number", "day")
    def _compute_display_name(self):
        for settlement in self:
            settlement.display_name = (
                f"{settlement.supply_point_id.number or ''} · {settlement.day}"
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        billed = self.env["power.bill"].search([("settlement_id", "in", self.ids)], limit=1)
        if billed:
            raise UserError(
                self.env._(
                    "Bill %s was made by this settlement: end it with a last day instead.",
                    billed.name,
                )
            )

    # === Making the bills === #

    def action_settle(self):
        """Bill what is due of these settlements in the current month."""
        self.env["power.bill"].check_access("create")
        bills = self._settle(self.env.company._get_power_today())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_bill_settlement_action"
        )
        return {**action, "domain": [("id", "in", bills.ids)], "context": {}}

    def _cron_settle(self):
        """Bill the settlements that are due; those that failed are tried again each day."""
        today = self.env.company._get_power_today()
        settlements = self.search(Domain("day", "<=", today.day))
        for done, (company, own) in enumerate(settlements.grouped("company_id").items(), 1):
            own.with_company(company)._settle(today)
            left = len(settlements.company_id) - done
            if not self.env["ir.cron"]._commit_progress(len(own), remaining=left):
                return

    def _settle(self, today):
        """Make, rate and (by the company's setting) post the bills due up to a day of its month.

        :return: the bills that were made or tried again
        """
        bills = self.env["power.bill"].with_context(**self.env["power.bill"]._get_quiet_context())
        month = today.replace(day=1)
        due = self.filtered(lambda row: row._is_due(today)).sorted("day")
        made = bills.search(
            Domain("settlement_id", "in", due.ids)
            & Domain("period_from", "=", month)
            & Domain("state", "!=", "cancelled")
        )
        whole = bills.search(
            Domain("settlement_id", "=", False)
            & Domain("supply_point_id", "in", due.supply_point_id.ids)
            & Domain("period_to", ">=", month)
            & Domain("state", "=", "posted")
        )
        new = (due - made.settlement_id).filtered(
            lambda row: row.supply_point_id not in whole.supply_point_id
        )
        again = made.filtered(lambda bill: bill.state in ("draft", "failed"))
        todo = again | bills.create([row._prepare_bill_vals(month) for row in new])
        # One after the other: each takes off what those before it have billed.
        for _day, batch in sorted(todo.grouped(lambda bill: bill.settlement_id.day).items()):
            batch._reset()
            batch._rate_bills()
            rated = batch.filtered(lambda bill: bill.state == "rated" and not bill.check_state)
            rated.filtered("company_id.power_settlement_post")._post_isolated()
        return todo

    def _is_due(self, today):
        day = today.replace(day=self.day)
        return (
            day <= today
            and self.date_from <= day
            and (not self.date_to or day <= self.date_to)
            and self.supply_point_id.state in ("active", "suspended")
        )

    def _prepare_bill_vals(self, month):
        point = self.supply_point_id
        day = month + relativedelta(day=self.day)
        return {
            "name": f"{point.number}-{day:%Y%m%d}",
            "supply_point_id": point.id,
            "company_id": point.company_id.id,
            "settlement_id": self.id,
            "period_from": month,
            "period_to": day,
        }
