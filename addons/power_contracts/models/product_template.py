from odoo import fields, models

SERVICE_KINDS = [
    ("testing", "Testing"),
    ("maintenance", "Maintenance and operation"),
    ("advice", "Energy advice"),
    ("load_report", "Load-curve report"),
    ("training", "Training"),
    ("generator", "Generator hire"),
    ("other", "Other service"),
]


class ProductTemplate(models.Model):
    """A product may be a paid service of the utility."""

    _inherit = "product.template"

    power_service_kind = fields.Selection(SERVICE_KINDS, string="Power service", index=True)
    power_inclusions = fields.Text(string="Included", translate=True)
    power_response_hours = fields.Float(
        string="On site within (h)", help="Response promise of the service; 0: none."
    )
