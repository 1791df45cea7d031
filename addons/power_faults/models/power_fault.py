from odoo import api, fields, models


class PowerFault(models.Model):
    """A fault a customer, a meter or a colleague reported, until power is proven back."""

    _name = "power.fault"
    _description = "Fault"
    _inherit = ["power.state.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_reported desc, id desc"

    _TRANSITIONS = {
        "reported": ("accepted", "cancelled", "transferred"),
        "accepted": ("dispatched", "cancelled", "transferred"),
        "dispatched": ("arrived", "accepted", "cancelled", "transferred"),
        "arrived": ("restored", "cancelled", "transferred"),
        "restored": ("confirmed", "arrived"),
        "confirmed": ("closed",),
    }

    name = fields.Char(string="Number", readonly=True, copy=False, default="/", index=True)
    state = fields.Selection(
        [
            ("reported", "Reported"),
            ("accepted", "Accepted"),
            ("dispatched", "Dispatched"),
            ("arrived", "Arrived"),
            ("restored", "Restored"),
            ("confirmed", "Confirmed"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
            ("transferred", "Transferred"),
        ],
        required=True,
        default="reported",
        tracking=True,
        copy=False,
        index=True,
    )
    date_reported = fields.Datetime(
        string="Reported", required=True, default=fields.Datetime.now, copy=False
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", check_company=True
    )
    supply_point_id = fields.Many2one(
        "power.supply.point", string="Supply point", index="btree_not_null", check_company=True
    )
    node_id = fields.Many2one(
        "power.network.node", string="Device", index="btree_not_null", check_company=True
    )
    outage_id = fields.Many2one(
        "power.outage", string="Outage", index="btree_not_null", check_company=True, copy=False
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(self._name) or "/"
        return super().create(vals_list)
