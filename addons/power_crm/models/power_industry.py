from odoo import fields, models


class PowerIndustry(models.Model):
    """Sections of GB/T 4754 (industrial classification for national economic activities)."""

    _name = "power.industry"
    _description = "Industry (GB/T 4754)"
    _order = "code, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Section letter of GB/T 4754, or a finer code.")
    industry_id = fields.Many2one(
        "res.partner.industry",
        string="International industry",
        help="Given to the customer's own industry field, so that other applications know it.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Another industry has this code already.")
