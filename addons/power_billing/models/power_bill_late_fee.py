from odoo import api, fields, models


class PowerBill(models.Model):
    """The late payment fees of a bill."""

    _inherit = "power.bill"

    late_fee_ids = fields.One2many(comodel_name="power.late.fee", inverse_name="bill_id")
    late_fee_charged = fields.Monetary(
        compute="_compute_late_fee_charged",
        help="Invoiced late fees, less what was waived.",
    )

    @api.depends("late_fee_ids.amount_charged", "late_fee_ids.state")
    def _compute_late_fee_charged(self):
        groups = self.env["power.late.fee"]._read_group(
            [("bill_id", "in", self.ids), ("state", "=", "invoiced")],
            ["bill_id"],
            ["amount_charged:sum"],
        )
        sums = {bill.id: amount for bill, amount in groups}
        for bill in self:
            bill.late_fee_charged = sums.get(bill.id, 0.0)

    def _get_late_fee_today(self):
        """Return what the bill's late fee comes to today, and what of it is not charged yet.

        :return: dict with ``amount``, ``uncharged`` (floats) and ``lines`` (the calculation, in
            the reader's language); empty while there is none
        """
        self.ensure_one()
        fees = self.env["power.late.fee"].sudo()
        bill = self.sudo()
        if not bill.move_id or not bill.company_id._has_late_fee_rules():
            return {}
        today = self.env.company._get_power_today()
        fee = fees._compute_bill_fees(bill, today)[bill.id]["fee"]
        if not fee.amount:
            return {}
        charged = sum(self._get_portal_late_fees().mapped("amount"))
        return {
            "amount": float(fee.amount),
            "uncharged": max(float(fee.amount) - charged, 0.0),
            "lines": fees._format_steps(fees._prepare_steps(fee), bill.currency_id),
        }

    def _get_portal_late_fees(self):
        """Return the fees that the payer may see: those invoiced or waived."""
        self.ensure_one()
        return self.sudo().late_fee_ids.filtered(lambda fee: fee.state in ("invoiced", "waived"))

    @api.model
    def _get_portal_today(self):
        return self.env.company._get_power_today()
