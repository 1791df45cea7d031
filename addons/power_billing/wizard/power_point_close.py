from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

_DECEMBER = 12


class PowerPointClose(models.TransientModel):
    """Final readings, the final bill and the end of a supply point, in one step."""

    _name = "power.point.close"
    _description = "Close a Supply Point"

    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point", string="Supply point", required=True, readonly=True
    )
    date = fields.Date(
        string="Last day", required=True, default=fields.Date.context_today,
        help="The readings are of the end of this day.",
    )  # fmt: skip
    line_ids = fields.One2many(
        comodel_name="power.point.close.line",
        inverse_name="close_id",
        string="Final readings",
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
        self.supply_point_id.check_access("read")
        # Readings, bill and state follow from the step itself, whoever of its users takes it.
        wizard = self.sudo()
        bill = wizard._close()
        return (bill or wizard.supply_point_id)._get_records_action(context={})

    def _close(self):
        """Return the final bill, or none where the last bill ends on that day."""
        is_billed = self._is_billed()
        if is_billed:
            self._check_settled()
        else:
            self._check_open_bills()
            self._create_readings()
        self._get_meters().date_removed = self.date
        self.supply_point_id._set_state("closed", date_closed=self.date)
        return self.env["power.bill"] if is_billed else self._create_bill()

    def _is_billed(self):
        """Tell whether the last bill ends with these readings: then there is nothing to bill."""
        bills = self.supply_point_id.bill_ids.filtered(
            lambda bill: bill.state != "cancelled" and not bill.settlement_id
        )
        last = bills.sorted("period_to")[-1:]
        same = all(line._is_read() for line in self.line_ids)
        return same and last.state == "posted" and last.period_to == self.date

    def _check_settled(self):
        """Refuse a leaver whose last bill gave him the limits of the whole year, where his tariff
        settles by months: only a final bill does that."""
        bills = self.supply_point_id.bill_ids.filtered(lambda bill: bill.state == "posted")
        last = bills.sorted("period_to")[-1:]
        versions = (last.determinants or {}).get("versions", ())
        by_months = any((version.get("tiers") or {}).get("leaver") for version in versions)
        if by_months and not last.is_final and self.date.month < _DECEMBER:
            raise UserError(
                self.env._(
                    "The tariff settles who leaves by the months supplied, and bill %s does not. "
                    "Cancel it first: the final bill then takes its place.",
                    last.name,
                )
            )

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
        new = self.line_ids.filtered(lambda line: not line._is_read())
        new._check_moved()
        readings = self.env["power.meter.reading"].create(
            [line._prepare_reading_vals() for line in new]
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
        may_post = self.sudo(False).env["account.move"].has_access("create")
        if may_post and bill.check_state != "to_check":
            bill.action_post()
        return bill

    def _prepare_bill_vals(self):
        """Return the final bill's values: from the first day that is not billed yet."""
        first, last = self.supply_point_id._get_days_to_bill(self.date)
        return {
            "supply_point_id": self.supply_point_id.id,
            "company_id": self.supply_point_id.company_id.id,
            "period_from": first,
            "period_to": last,
            "is_final": True,
        }
