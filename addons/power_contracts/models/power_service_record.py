from odoo import fields, models


class PowerServiceRecord(models.Model):
    """Whoever speaks to a customer sees what its contracts cover."""

    _inherit = "power.service.record"

    service_cover_note = fields.Text(
        related="supply_point_id.service_cover_note", groups="power_crm.group_user"
    )
