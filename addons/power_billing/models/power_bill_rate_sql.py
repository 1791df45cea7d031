from odoo import models


class PowerBill(models.Model):
    """What was rated is stored in two statements: the bills, and their charges."""

    _name = "power.bill"
    _inherit = ["power.bill", "power.bulk.mixin"]

    def _write_rated(self, rated):
        """Store rated bills.

        :param list rated: bill, its values and those of its lines
        """
        bills = self.sudo().browse([bill.id for bill, _vals, _lines in rated])
        bills._check_state_move("rated")
        line_vals = [vals for *_bill, lines in rated for vals in lines]
        self.env["power.bill.line"].sudo()._bulk_create(line_vals)
        bills._bulk_write(
            [
                {**bill._prepare_state_vals("rated"), "state": "rated", **vals}
                for bill, vals, _lines in rated
            ]
        )
