from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerSupplyPoint(models.Model):
    _inherit = "power.supply.point"

    tariff_id = fields.Many2one(
        comodel_name="power.tariff",
        check_company=True,
        tracking=True,
        index="btree_not_null",
    )
    billing_cycle_id = fields.Many2one(
        comodel_name="power.bill.cycle",
        string="Billing cycle",
        check_company=True,
        tracking=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: by the calendar month.",
    )
    meter_ids = fields.One2many(
        comodel_name="power.meter", inverse_name="supply_point_id", string="Meters"
    )
    meter_count = fields.Integer(compute="_compute_meter_count")
    bill_ids = fields.One2many(
        comodel_name="power.bill", inverse_name="supply_point_id", string="Bills"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    power_bill_count = fields.Integer(string="Bills count", compute="_compute_power_balance")
    power_balance = fields.Monetary(
        string="Open balance",
        compute="_compute_power_balance",
        help="What is still to be paid of this supply point's bills.",
    )

    @api.depends("meter_ids")
    def _compute_meter_count(self):
        for point in self:
            point.meter_count = len(point.meter_ids)

    @api.depends("bill_ids.state", "bill_ids.amount_residual")
    def _compute_power_balance(self):
        groups = self.env["power.bill"]._read_group(
            [("supply_point_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["supply_point_id"],
            ["__count", "amount_residual:sum"],
        )
        sums = {point.id: (count, residual) for point, count, residual in groups}
        for point in self:
            point.power_bill_count, point.power_balance = sums.get(point.id, (0, 0.0))

    def action_view_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("power_billing.power_bill_action")
        return {
            **action,
            "domain": [("supply_point_id", "=", self.id)],
            "context": {"default_supply_point_id": self.id},
        }

    def _check_state_move(self, target):
        """A metered point ends with its final reading and bill."""
        result = super()._check_state_move(target)
        metered = target == "closed" and self.filtered(lambda point: point._get_live_meters())
        if metered:
            raise UserError(
                self.env._(
                    "%s has a meter: close it with its button, which asks for the final reading "
                    "and makes the final bill.",
                    metered[0].display_name,
                )
            )
        return result

    def _get_live_meters(self):
        return self.meter_ids.filtered(lambda meter: not meter.date_removed)

    def action_close(self):
        """Ask for the final readings of a metered point."""
        if len(self) != 1 or not self._get_live_meters():
            return super().action_close()
        self.env["power.point.close"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Final bill"),
            "res_model": "power.point.close",
            "view_mode": "form",
            "target": "new",
            "context": {"default_supply_point_id": self.id},
        }

    def action_change_customer(self):
        """Ask for the new customer and the readings of the leaver's last day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_point_handover_action"
        )
        return {**action, "context": {"default_supply_point_id": self.id}}

    def _get_days_to_bill(self, day):
        """Return first and last day of a new bill of the cycle around a day.

        It begins after what is billed of the cycle already, such as a leaver's days.
        """
        self.ensure_one()
        first, last = self.billing_cycle_id._get_days(day)
        done = self.bill_ids.filtered(
            lambda bill: (
                bill.state != "cancelled"
                and not bill.settlement_id
                and first <= bill.period_to < last
            )
        )
        begins = [bill.period_to + timedelta(days=1) for bill in done]
        return max([first, *begins]), last

    def action_preview_bill(self):
        """Show the next bill as it would come out today."""
        self.ensure_one()
        preview = self.env["power.bill.preview"].create({"supply_point_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bill preview"),
            "res_model": preview._name,
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_view_meters(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("power_billing.power_meter_action")
        return {
            **action,
            "domain": [("supply_point_id", "=", self.id)],
            "context": {"default_supply_point_id": self.id},
        }

    def _get_bill_payment_term(self):
        """Return the payment terms of this point's bills: the service level's or the company's."""
        self.ensure_one()
        level, company = self.payer_id.power_service_level_id, self.company_id
        own = level and level.with_company(company).payment_term_id
        return own or company.power_payment_term_id
