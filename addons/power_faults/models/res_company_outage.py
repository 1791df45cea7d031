from odoo import fields, models
from odoo.fields import Domain


class ResCompany(models.Model):
    _inherit = "res.company"

    power_storm_mode = fields.Boolean(
        string="Storm mode",
        help="Outages are grouped and confirmed without a dispatcher, and callers are answered "
        "automatically.",
    )
    power_storm_since = fields.Datetime(string="Storm since")
    power_group_window = fields.Integer(string="Reports count for (min)", default=120)
    power_group_silent = fields.Float(string="Customers who never call (%)", default=30.0)
    power_group_false = fields.Float(string="False calls (%)", default=5.0)
    power_group_delay = fields.Integer(string="Mean time until a call (min)", default=15)
    power_group_reports = fields.Integer(string="Callers for an outage, at least", default=2)
    power_group_probability = fields.Float(string="Probability to propose (%)", default=50.0)
    power_outage_tell_minutes = fields.Integer(
        string="Tell a new expected time beyond (min)",
        default=30,
        help="Customers are told again when the expected time moves by more than this.",
    )
    power_outage_tiles = fields.Char(
        string="Map tiles",
        help="Address of map tiles with {z}, {x} and {y}, for example of your own tile server. "
        "Empty: the page shows a plan without a background.",
    )
    power_outage_tiles_credit = fields.Char(
        string="Source of the map", default="© OpenStreetMap contributors"
    )

    _power_group_limits = models.Constraint(
        "CHECK (power_group_window > 0 AND power_group_delay > 0 AND power_group_reports > 0"
        " AND power_group_silent BETWEEN 0 AND 99 AND power_group_false BETWEEN 0 AND 99"
        " AND power_group_probability BETWEEN 0 AND 100 AND power_outage_tell_minutes >= 0)",
        "Window, delay and number of callers are more than zero; shares lie between 0 and 99 %.",
    )

    def _get_power_place_map(self):
        """Return what a map to point at shows of this utility, as plain data for the browser.

        :return: ``tiles`` (address, or empty), ``credit``, and ``areas``: name and place
            (latitude, longitude) of each, the middle of its devices
        """
        self.ensure_one()
        company = self.sudo()
        devices = self.env["power.network.node"].sudo()
        placed = Domain("latitude", "!=", 0) | Domain("longitude", "!=", 0)
        own = Domain("company_id", "=", company.id) & Domain("area_id", "!=", False)
        found = devices._read_group(own & placed, ["area_id"], ["latitude:avg", "longitude:avg"])
        return {
            "tiles": company.power_outage_tiles or "",
            "credit": company.power_outage_tiles_credit or "",
            "areas": [{"name": area.name, "place": place} for area, *place in found],
        }
