from odoo import fields, models

from ..tools.fault_priority import Bands


class ResCompany(models.Model):
    _inherit = "res.company"

    power_fault_points_raised = fields.Integer(string="Points of a raised fault", default=20)
    power_fault_points_high = fields.Integer(string="Points of a high fault", default=50)
    power_fault_points_urgent = fields.Integer(string="Points of an urgent fault", default=100)
    power_fault_dispatcher_id = fields.Many2one(
        "res.users",
        string="Dispatcher warned",
        domain="[('share', '=', False)]",
        help="Gets the warnings of faults nobody has accepted yet.",
    )
    power_fault_manager_id = fields.Many2one(
        "res.users",
        string="Manager warned",
        domain="[('share', '=', False)]",
        help="Gets the warnings just before a promise is missed.",
    )
    power_fault_reports_phone = fields.Integer(string="Reports an hour from one number", default=5)
    power_fault_reports_address = fields.Integer(
        string="Reports an hour from one network address", default=30
    )
    power_fault_duplicate_minutes = fields.Integer(
        string="The same call within (minutes)", default=30
    )
    power_fault_answer_hours = fields.Integer(
        string="Answer of the customer within (hours)", default=24
    )
    power_fault_hotline = fields.Char(
        string="Hotline", default="95598", help="Number shown to people in danger."
    )
    power_fault_map_url = fields.Char(
        string="Map address",
        default="https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}",
        help="Opens a place: {latitude} and {longitude} are put in.",
    )

    _power_fault_bands_order = models.Constraint(
        "CHECK (power_fault_points_raised <= power_fault_points_high"
        " AND power_fault_points_high <= power_fault_points_urgent)",
        "Points of raised, high and urgent faults must rise in this order.",
    )

    def _get_power_priority_bands(self):
        self.ensure_one()
        company = self.sudo()
        return Bands(
            company.power_fault_points_raised,
            company.power_fault_points_high,
            company.power_fault_points_urgent,
        )
