from odoo import fields, models


class PowerServiceLevel(models.Model):
    _inherit = "power.service.level"

    dunning_step_ids = fields.One2many(
        "power.dunning.step",
        "level_id",
        string="Dunning path",
        help="What follows when bills of customers of this level stay open. The law and the "
        "protection of important customers and of life support stand above it.",
    )
