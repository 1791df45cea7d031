from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PowerUsageCategory(models.Model):
    _name = "power.usage.category"
    _description = "Usage category"
    _order = "sequence, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("residential", "Residential"),
            ("agricultural", "Agricultural"),
            ("commercial_industrial", "Commercial and industrial"),
        ],
        required=True,
        default="commercial_industrial",
        help="The class of the price list: residential, agricultural production, or commercial "
        "and industrial.",
    )
    parent_id = fields.Many2one(
        "power.usage.category", string="Parent category", index=True, ondelete="restrict"
    )
    source = fields.Char(help="The document this category comes from.")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Another usage category has this code already.")

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A usage category cannot be its own parent."))
