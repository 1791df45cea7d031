from odoo import fields, models


class PowerEquipmentKind(models.Model):
    _name = "power.equipment.kind"
    _description = "Kind of equipment"
    _order = "sequence, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    rule_ids = fields.One2many("power.test.rule", "kind_id", string="Tests by rule")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Another kind of equipment has this code already.")
