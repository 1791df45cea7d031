from odoo import api, fields, models


class PowerOutage(models.Model):
    """An interruption of the supply under one or more devices, found or planned."""

    _name = "power.outage"
    _description = "Outage"
    _inherit = ["power.state.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_start desc, id desc"

    _TRANSITIONS = {
        "proposed": ("confirmed", "cancelled"),
        "confirmed": ("restored", "cancelled"),
        "restored": ("closed", "confirmed"),
    }

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    kind = fields.Selection(
        [("fault", "Fault"), ("planned", "Planned"), ("temporary", "Temporary")],
        required=True,
        default="fault",
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("confirmed", "Confirmed"),
            ("restored", "Restored"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="proposed",
        tracking=True,
        copy=False,
    )
    node_ids = fields.Many2many("power.network.node", string="Devices", check_company=True)
    date_start = fields.Datetime(string="Since", required=True, default=fields.Datetime.now)
    date_restored = fields.Datetime(string="Restored", copy=False)
    date_expected = fields.Datetime(string="Expected back", tracking=True, copy=False)
    fault_ids = fields.One2many("power.fault", "outage_id", string="Fault reports")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    @api.model
    def _find_covering(self, supply_point, node):
        """Return the known outages that explain a report at a supply point or under a device."""
        return self.browse()
