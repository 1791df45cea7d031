from odoo import fields, models


class PowerBillRelease(models.TransientModel):
    _name = "power.bill.release"
    _description = "Release Checked Bills"

    bill_ids = fields.Many2many(comodel_name="power.bill", string="Bills", required=True)
    note = fields.Char(
        string="Why it is right", required=True, help="Kept at each bill with your name."
    )
    check_id = fields.Many2one(
        comodel_name="power.bill.check",
        string="And all of this kind",
        domain="[('id', 'in', check_ids)]",
        help="Also releases the other bills of the same runs that wait for this reason alone.",
    )
    check_ids = fields.Many2many(related="bill_ids.check_ids", string="Kinds")

    def action_confirm(self):
        self.ensure_one()
        (self.bill_ids | self._get_bills_of_kind())._release_checks(self.note)
        return {"type": "ir.actions.act_window_close"}

    def _get_bills_of_kind(self):
        bills = self.env["power.bill"]
        if not self.check_id:
            return bills
        return bills.search(
            [
                ("run_id", "in", self.bill_ids.run_id.ids),
                ("check_state", "=", "to_check"),
                ("state", "=", "rated"),
                ("check_ids", "in", self.check_id.ids),
            ]
        ).filtered(lambda bill: bill.check_ids == self.check_id)
