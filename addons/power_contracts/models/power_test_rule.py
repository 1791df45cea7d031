from odoo import api, fields, models
from odoo.fields import Domain


class PowerTestRule(models.Model):
    """How often equipment of a kind is tested and what its figure must be, from a day on.

    A past test is judged by the rule of its day; a rule that ends keeps its figures for ever.
    """

    _name = "power.test.rule"
    _description = "Test rule"
    _inherit = ["power.validity.mixin"]
    _order = "kind_id, type_id, date_from desc, id"
    _validity_keys = ("kind_id", "type_id")

    kind_id = fields.Many2one(
        "power.equipment.kind", string="Equipment", required=True, index=True, ondelete="cascade"
    )
    type_id = fields.Many2one("power.test.type", string="Test", required=True, ondelete="restrict")
    months = fields.Integer(
        string="Every (months)",
        required=True,
        help="The next test is due this many months after the last one; 0: at every visit.",
    )
    has_minimum = fields.Boolean(string="Has a minimum")
    minimum = fields.Float(digits=(16, 4))
    has_maximum = fields.Boolean(string="Has a maximum")
    maximum = fields.Float(digits=(16, 4))
    unit = fields.Char(related="type_id.unit")
    source = fields.Char(required=True, help="The document this rule comes from.")
    clause = fields.Char(help="Table or clause of the document.")
    is_confirmed = fields.Boolean(
        string="Source checked",
        help="Somebody compared interval and limits with the edition that the company applies.",
    )

    _months_positive = models.Constraint(
        "CHECK (months >= 0)", "The interval of a test cannot be negative."
    )
    _limits_order = models.Constraint(
        "CHECK (NOT (has_minimum AND has_maximum) OR minimum <= maximum)",
        "The minimum of a test cannot be above its maximum.",
    )

    @api.depends("kind_id", "type_id")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = ": ".join(
                filter(None, (rule.kind_id.display_name, rule.type_id.display_name))
            )

    def _get_overlap_message(self, other):
        return self.env._(
            "%(kind)s, %(test)s: two rules are in force on the same day. End the older rule the "
            "day before the newer one begins.",
            kind=self.kind_id.display_name,
            test=self.type_id.display_name,
        )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._refresh_due()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._refresh_due()
        return result

    def _refresh_due(self):
        equipment = self.env["power.equipment"].sudo()
        equipment.search([("kind_id", "in", self.kind_id.ids)])._refresh_tests_due()

    @api.model
    def _get_in_force(self, kinds, day):
        """Return the rules of the kinds of equipment on a day."""
        return self.search(Domain("kind_id", "in", kinds.ids) & self._get_in_force_domain(day))

    def _prepare_limit_vals(self):
        """What a test keeps of its rule; empty where no rule is in force."""
        return {
            "has_minimum": self.has_minimum,
            "minimum": self.minimum,
            "has_maximum": self.has_maximum,
            "maximum": self.maximum,
            "source": self.source,
        }
