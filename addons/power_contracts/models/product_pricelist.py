from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.power_crm.tools import electrical


class ProductPricelist(models.Model):
    """Prices of services may be those of a service level or of a voltage."""

    _inherit = "product.pricelist"

    power_service_level_id = fields.Many2one(
        "power.service.level",
        string="Service level",
        ondelete="restrict",
        help="Used for customers of this level. Empty: for every level.",
    )
    power_voltage_class = fields.Selection(
        electrical.VOLTAGE_CLASSES,
        string="Voltage",
        help="Used for supply points of this voltage. Empty: for every voltage.",
    )

    @api.model
    def _get_power_pricelist(self, partner, points, company):
        """Return the price list that says most about a customer and its supply points.

        :param partner: customer
        :param points: supply points of one quotation; of several voltages no voltage's list holds
        :rtype: product.pricelist, empty where none is made for such customers
        """
        voltages = set(points.mapped("voltage_class"))
        voltage = voltages.pop() if len(voltages) == 1 else False
        level = partner.commercial_partner_id.power_service_level_id
        lists = self.search(
            Domain("company_id", "in", (company.id, False))
            & Domain("power_service_level_id", "in", (level.id, False))
            & Domain("power_voltage_class", "in", (voltage, False))
            & (
                Domain("power_service_level_id", "!=", False)
                | Domain("power_voltage_class", "!=", False)
            )
        )
        return lists.sorted(
            lambda found: (bool(found.power_service_level_id), bool(found.power_voltage_class)),
            reverse=True,
        )[:1]

    @api.model
    def _get_public_power_pricelists(self, company):
        """Return the lists by voltage alone, which everybody may know."""
        return self.search(
            Domain("company_id", "in", (company.id, False))
            & Domain("power_service_level_id", "=", False)
            & Domain("power_voltage_class", "!=", False)
        )
