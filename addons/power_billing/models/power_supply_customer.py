from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerSupplyCustomer(models.Model):
    """Who is supplied at a point, and who pays, from a day on.

    A point that never changed hands has none of these: its customer and payer count for all days.
    """

    _name = "power.supply.customer"
    _description = "Customer of a Supply Point"
    _inherit = ["power.supply.dated"]

    _dated_field = "customer_history_ids"

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    payer_id = fields.Many2one(
        comodel_name="res.partner",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    note = fields.Char()

    _day_uniq = models.UniqueIndex(
        "(supply_point_id, date_from)", "The supply point already changes its customer on that day."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        billed = self.supply_point_id._get_billed_until()
        for row in self:
            until = billed.get(row.supply_point_id.id)
            if until and row.date_from <= until:
                raise UserError(
                    self.env._(
                        "Supply point %(point)s is billed until %(day)s: who it was supplied to "
                        "until then stays.",
                        point=row.supply_point_id.number,
                        day=until,
                    )
                )

    def unlink(self):
        points = self.supply_point_id
        result = super().unlink()
        points._sync_customer()
        return result
