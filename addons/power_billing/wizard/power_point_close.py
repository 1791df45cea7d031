from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class PowerPointClose(models.TransientModel):
    """Final readings, the final bill and the end of a supply point, in one step."""

    _name = "power.point.close"
    _description = "Close a Supply Point"

    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point", required=True, readonly=True
    )
    date = fields.Date(
        string="Last Day", required=True, default=fields.Date.context_today,
        help="The readings are of the end of this day.",
    )  # fmt: skip
    line_ids = fields.One2many(
        comodel_name="power.point.close.line",
        inverse_name="close_id",
        string="Final Readings",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("supply_point_id")
    def _compute_line_ids(self):
        for wizard in self:
            registers = wizard._get_meters().register_ids
            wizard.line_ids = [Command.clear()] + [
                Command.create({"register_id": register.id}) for register in registers
            ]

    def _get_meters(self):
        return self.supply_point_id.meter_ids.filtered(lambda meter: not meter.date_removed)

    def action_close(self):
        """Read, close and bill; when one of them is refused nothing is done.

        :return: the action that shows the final bill
        """
        self.ensure_one()
        self._check_open_bills()
        self._create_readings()
        self._get_meters().date_removed = self.date
        point = self.supply_point_id
        point._set_state("closed", date_closed=self.date)
        bill = self._create_bill()
        return {
            "type": "ir.actions.act_window",
            "res_model": "power.bill",
            "view_mode": "form",
            "res_id": bill.id,
        }

    def _check_open_bills(self):
        open_bills = self.supply_point_id.bill_ids.filtered(
            lambda bill: bill.state in ("draft", "rated", "failed") and not bill.settlement_id
        )
        if open_bills:
            raise UserError(
                self.env._(
                    "Post or cancel bill %s first: the final bill begins where it ends.",
                    ", ".join(open_bills.mapped("name")),
                )
            )
        later = self.supply_point_id.bill_ids.filtered(
            lambda bill: bill.state == "posted" and bill.period_to >= self.date
        )
        if later:
            raise UserError(
                self.env._(
                    "The point is billed until %(day)s already (%(bill)s). Choose a later last "
                    "day, or cancel that bill.",
                    day=later[:1].period_to,
                    bill=later[:1].name,
                )
            )

    def _create_readings(self):
        readings = self.env["power.meter.reading"].create(
            [line._prepare_reading_vals() for line in self.line_ids]
        )
        held = readings.filtered(lambda reading: reading.state == "held")
        for reading in held:
            if not self.line_ids.filtered("note"):
                raise UserError(
                    self.env._(
                        "The reading of meter %(meter)s looks wrong: %(reason)s. Correct it, or "
                        "write a note at it why it is right.",
                        meter=reading.meter_id.number,
                        reason=reading.hold_reason,
                    )
                )
        held.action_release()

    def _create_bill(self):
        bill = self.env["power.bill"].create(self._prepare_bill_vals())
        bill._rate_bills()
        if bill.state == "failed":
            raise UserError(bill.failure_reason)
        if self.env["account.move"].has_access("create") and bill.check_state != "to_check":
            bill.action_post()
        return bill

    def _prepare_bill_vals(self):
        """Return the final bill's values: from the first day that is not billed yet."""
        last = self.supply_point_id.bill_ids.filtered(
            lambda bill: bill.state == "posted" and not bill.settlement_id
        )
        first = self.date.replace(day=1)
        if last and (until := max(last.mapped("period_to"))) >= first:
            first = fields.Date.add(until, days=1)
        return {
            "supply_point_id": self.supply_point_id.id,
            "company_id": self.supply_point_id.company_id.id,
            "period_from": first,
            "period_to": fields.Date.end_of(self.date, "month"),
            "is_final": True,
        }
