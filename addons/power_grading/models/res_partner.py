from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .power_grading_source import AXIS_FIELDS
from .power_service_level_rule import PAYMENTS

_AXES = {field: axis for axis, field in AXIS_FIELDS.items()}


def _grade(axis, label):
    """Field of the letter in force of an axis, which may be searched, sorted and grouped by."""
    return fields.Char(
        string=label,
        compute="_compute_power_grades",
        search=lambda self, operator, value: self._search_power_grade(
            AXIS_FIELDS[axis], operator, value
        ),
        groups="power_crm.group_user",
    )


class ResPartner(models.Model):
    """The grades in force as plain fields, for lists, filters and other add-ons.

    They are those of the company the customer belongs to; of a customer that companies share, those
    of the company one works in.
    """

    _inherit = "res.partner"

    power_grade_credit = _grade("credit", "Credit")
    power_grade_value = _grade("value", "Value")
    power_grade_safety = _grade("safety", "Safety of supply")
    power_grade_potential = _grade("potential", "Potential")
    power_grade_risk = _grade("risk", "Risk")
    power_grade_importance = _grade("importance", "Importance")
    power_grade_pyramid = _grade("pyramid", "Pyramid")
    power_grade_note = fields.Char(
        string="How to read the grades",
        compute="_compute_power_grade_note",
        groups="power_crm.group_user",
    )
    power_grading_result_ids = fields.One2many(
        "power.grading.result",
        "partner_id",
        string="Grades in force",
        domain=[("current", "=", True), ("left", "=", False)],
        groups="power_crm.group_user",
    )
    power_grading_override_ids = fields.One2many(
        "power.grading.override",
        "partner_id",
        string="Grade overrides",
        domain=[("state", "in", ("draft", "approved"))],
        groups="power_crm.group_user",
    )
    power_is_grade_overridden = fields.Boolean(
        string="Grade overridden",
        compute="_compute_power_is_grade_overridden",
        search="_search_power_is_grade_overridden",
        groups="power_crm.group_user",
    )
    power_grading_count = fields.Integer(
        string="Grades", compute="_compute_power_grading_count", groups="power_crm.group_user"
    )
    power_breach_ids = fields.One2many(
        "power.breach", "partner_id", string="Breaches", groups="power_crm.group_user"
    )
    power_consequence_ids = fields.Many2many(
        "power.consequence",
        "res_partner_power_consequence_rel",
        "partner_id",
        "consequence_id",
        string="An outage may cause",
        groups="power_crm.group_user",
        help="The level of importance is derived from it and proposed to a person who confirms.",
    )
    power_compliance_note = fields.Text(
        string="Demands not met",
        compute="_compute_power_compliance_note",
        groups="power_crm.group_user",
    )
    power_preferential_price = fields.Boolean(
        string="Preferential price",
        groups="power_crm.group_user",
        help="Buys much at a preferential price: large, but no VIP of the pyramid.",
    )
    power_service_level_fixed = fields.Boolean(
        string="Keep the service level",
        groups="power_crm.group_user",
        help="The level was chosen by hand and does not follow the grades.",
    )
    power_payment = fields.Selection(
        PAYMENTS,
        string="Way of paying",
        readonly=True,
        copy=False,
        groups="power_crm.group_user",
        falsy_value_label="As usual",
        help="Follows from the grades with the service level; the account manager agrees it.",
    )
    power_business_state = fields.Selection(
        [("good", "Good"), ("normal", "Normal"), ("bad", "Bad")],
        string="State of business",
        groups="power_crm.group_user",
    )
    power_guarantee = fields.Float(
        string="Guarantee",
        digits=(16, 2),
        groups="power_crm.group_user",
        help="Deposit, bank guarantee or mortgage for electricity, in the company's currency.",
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_power_grades(self):
        cards = self.env["power.customer.grade"].sudo()
        found = {
            (card.partner_id.id, card.company_id.id): card
            for card in cards.search([("partner_id", "in", self._origin.ids)])
        }
        for partner in self:
            company = partner.sudo().company_id or self.env.company
            card = found.get((partner._origin.id, company.id), cards)
            for name, axis in _AXES.items():
                partner[name] = card[axis]

    def _search_power_grade(self, name, operator, value):
        return Domain.custom(
            to_sql=lambda model, alias, query: model._fields[name].condition_to_sql(
                name, operator, value, model, alias, query
            )
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        """A letter is read from the row of the customer's grades, joined once a query."""
        if field_expr not in _AXES or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        cards = query.make_alias(alias, "power_customer_grade")
        query.add_join(
            "LEFT JOIN",
            cards,
            "power_customer_grade",
            SQL(
                "%s = %s AND %s = COALESCE(%s, %s)",
                SQL.identifier(cards, "partner_id"),
                SQL.identifier(alias, "id"),
                SQL.identifier(cards, "company_id"),
                SQL.identifier(alias, "company_id", to_flush=self._fields["company_id"]),
                self.env.company.id,
            ),
        )
        return SQL.identifier(cards, _AXES[field_expr])

    @api.ondelete(at_uninstall=True)
    def _unlink_power_grades(self):
        """The letters go with the customer, to whom no key of the database ties them."""
        cards = self.env["power.customer.grade"].sudo()
        cards.search([("partner_id", "in", self.ids)]).unlink()

    def _compute_power_grade_note(self):
        schemes = self.env["power.grading.scheme"]
        notes = []
        for axis in AXIS_FIELDS:
            leading = schemes._get_leading(axis, self.env.company.id)
            if leading.legend:
                notes.append(leading.legend)
        self.power_grade_note = " ".join(notes)

    @api.depends(
        "power_grading_override_ids.state",
        "power_grading_override_ids.date_from",
        "power_grading_override_ids.date_to",
    )
    def _compute_power_is_grade_overridden(self):
        overridden = self.search([("id", "in", self.ids), ("power_is_grade_overridden", "=", True)])
        for partner in self:
            partner.power_is_grade_overridden = partner in overridden

    def _search_power_is_grade_overridden(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            (
                "power_grading_override_ids",
                "any",
                [
                    ("state", "=", "approved"),
                    ("date_from", "<=", "today"),
                    ("date_to", ">=", "today"),
                ],
            )
        ]

    @api.depends("power_supply_point_ids.compliance_note", "power_supply_point_ids.state")
    @api.depends_context("lang")
    def _compute_power_compliance_note(self):
        for partner in self:
            partner.power_compliance_note = "\n".join(
                filter(None, partner._get_power_live_points().mapped("compliance_note"))
            )

    def _compute_power_grading_count(self):
        counts = dict(
            self.env["power.grading.result"]._read_group(
                [("partner_id", "in", self.ids), ("current", "=", True), ("left", "=", False)],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.power_grading_count = counts.get(partner, 0)

    def action_open_power_grades(self):
        action = self._open_power("power_grading.power_grading_result_action")
        return {**action, "context": {"search_default_current": 1}}
