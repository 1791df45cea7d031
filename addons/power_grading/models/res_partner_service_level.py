from odoo import api, models
from odoo.tools import SQL

# what rules of the service level go by, the grades apart
_DEMANDS = {"power_important_level", "power_service_level_fixed"}


class ResPartner(models.Model):
    """The service level follows at once where a person changed what it goes by."""

    _inherit = "res.partner"

    @api.onchange("power_service_level_id")
    def _onchange_power_service_level_id(self):
        """Who chooses a level by hand wants it kept; the tick is there to be taken off."""
        if self.power_service_level_id != self._origin.power_service_level_id:
            self.power_service_level_fixed = bool(self.power_service_level_id)

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if any(vals.get("power_important_level") for vals in vals_list):
            partners.sudo().filtered("power_important_level")._follow_power_service_level()
        return partners

    def write(self, vals):
        result = super().write(vals)
        if _DEMANDS & set(vals):
            self._follow_power_service_level()
        return result

    def _follow_power_service_level(self):
        """Give these customers the level that follows from their grades and from what safety
        and law demand; others are not looked at."""
        rules = self.env["power.service.level.rule"].sudo()
        customers = self.sudo().filtered("power_is_customer")
        groups = customers.grouped(lambda partner: partner._get_power_level_company())
        for company, partners in groups.items():
            rules._apply(company, SQL("SELECT unnest(%s)", partners.ids))

    def _get_power_level_company(self):
        """The company whose rules decide: of a shared customer that of its largest supply."""
        self.ensure_one()
        return self.company_id or self.power_main_point_id.company_id or self.env.company
