from odoo import api, fields, models
from odoo.tools import SQL

from .power_grading_source import AXIS_FIELDS


class ResPartner(models.Model):
    """The grades in force as plain columns, for lists, filters and other add-ons."""

    _inherit = "res.partner"

    power_grade_credit = fields.Char(
        string="Credit", readonly=True, copy=False, groups="base.group_user", size=8
    )
    power_grade_value = fields.Char(
        string="Value", readonly=True, copy=False, groups="base.group_user", size=8
    )
    power_grade_safety = fields.Char(
        string="Safety of supply", readonly=True, copy=False, groups="base.group_user", size=8
    )
    power_grade_potential = fields.Char(
        string="Potential", readonly=True, copy=False, groups="base.group_user", size=8
    )
    power_grade_risk = fields.Char(
        string="Risk", readonly=True, copy=False, groups="base.group_user", size=8
    )
    power_grade_importance = fields.Char(
        string="Importance", readonly=True, copy=False, groups="base.group_user", size=8
    )
    power_grade_pyramid = fields.Char(
        string="Pyramid", readonly=True, copy=False, groups="base.group_user", size=8
    )
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

    @api.model
    def _sync_power_grades(self, axis, company, partners):
        """Write the letters in force (override, else result) where they differ.

        :param partners: list of ids, or SQL of a subselect of ids
        """
        scheme = self.env["power.grading.scheme"]._get_leading(axis, company.id)
        if isinstance(partners, list):
            partners = SQL("SELECT unnest(%s::int[])", partners)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE res_partner p SET %(column)s = n.letter
                FROM (
                    SELECT t.id, COALESCE(o.letter, r.letter) AS letter
                    FROM (%(partners)s) t(id)
                    LEFT JOIN power_grading_result r ON r.partner_id = t.id AND %(in_force)s
                    LEFT JOIN (
                        SELECT v.partner_id, b.letter
                        FROM power_grading_override v JOIN power_grading_band b ON b.id = v.band_id
                        WHERE v.state = 'approved' AND v.axis = %(axis)s
                            AND v.company_id = %(company)s
                            AND %(today)s BETWEEN v.date_from AND v.date_to
                    ) o ON o.partner_id = t.id
                ) n
                WHERE p.id = n.id AND p.%(column)s IS DISTINCT FROM n.letter""",
                column=SQL.identifier(AXIS_FIELDS[axis]),
                partners=partners,
                in_force=self.env["power.grading.result"]._in_force_sql(
                    "r", company.id, scheme.code
                ),
                company=company.id,
                axis=axis,
                today=self.env.company._get_power_today(),
            )
        )
        changed = self.env.cr.rowcount
        self.invalidate_model([AXIS_FIELDS[axis]])
        return changed

    def action_open_power_grades(self):
        action = self._open_power("power_grading.power_grading_result_action")
        return {**action, "context": {"search_default_current": 1}}
