from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PowerEquipmentTest(models.Model):
    """One test of one piece of equipment: a line of a check list, then a result for ever.

    The limits are those of the rule in force on the day of the test and stay with it.
    """

    _name = "power.equipment.test"
    _description = "Test of equipment"
    _order = "date desc, id desc"
    _check_company_auto = True

    equipment_id = fields.Many2one(
        "power.equipment", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="equipment_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="equipment_id.partner_id", string="Customer", store=True, index=True
    )
    type_id = fields.Many2one("power.test.type", string="Test", required=True, ondelete="restrict")
    is_measured = fields.Boolean(related="type_id.is_measured", string="Has a figure")
    unit = fields.Char(related="type_id.unit")
    date = fields.Date(
        compute="_compute_date",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        help="The day it was done; the next one is reckoned from it.",
    )
    outcome = fields.Selection(
        [("open", "To do"), ("taken", "Done"), ("skipped", "Not possible")],
        compute="_compute_outcome",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    value = fields.Float(string="Measured", digits=(16, 4))
    looks = fields.Selection([("good", "Good"), ("bad", "Not good")], string="By eye")
    has_minimum = fields.Boolean(compute="_compute_limits", store=True, precompute=True)
    minimum = fields.Float(digits=(16, 4), compute="_compute_limits", store=True, precompute=True)
    has_maximum = fields.Boolean(compute="_compute_limits", store=True, precompute=True)
    maximum = fields.Float(digits=(16, 4), compute="_compute_limits", store=True, precompute=True)
    source = fields.Char(string="Judged by", compute="_compute_limits", store=True, precompute=True)
    limits = fields.Char(compute="_compute_limits_text")
    verdict = fields.Selection(
        [("pass", "Passed"), ("fail", "Failed"), ("none", "Not judged")],
        compute="_compute_verdict",
        store=True,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Tested by", default=lambda self: self.env.user, check_company=True
    )
    note = fields.Char(help="Why it was not possible, or what was seen.")

    @api.depends("value", "looks")
    def _compute_outcome(self):
        """What was measured or seen is done."""
        for test in self:
            if not test.outcome or test.outcome == "open" and (test.value or test.looks):
                test.outcome = "taken"

    @api.depends("outcome")
    def _compute_date(self):
        for test in self:
            if not test.date and test.outcome != "open":
                test.date = test._get_usual_day()

    def _get_usual_day(self):
        """Hook: the day a test was done where none is entered."""
        return (self.company_id or self.env.company)._get_power_today()

    def _get_rule_day(self):
        """Hook: the day whose rule judges the test."""
        return self.date or self._get_usual_day()

    @api.depends("equipment_id", "type_id", "date")
    def _compute_limits(self):
        rules = self.env["power.test.rule"].sudo()
        for test in self:
            rule = rules.browse()
            if test.equipment_id and test.type_id:
                in_force = rules._get_in_force(test.equipment_id.kind_id, test._get_rule_day())
                rule = in_force.filtered(lambda r, test=test: r.type_id == test.type_id)
            test.update(rule._prepare_limit_vals())

    @api.depends("has_minimum", "minimum", "has_maximum", "maximum", "unit")
    def _compute_limits_text(self):
        for test in self:
            parts = []
            if test.has_minimum:
                parts.append(f"≥ {test.minimum:g}")
            if test.has_maximum:
                parts.append(f"≤ {test.maximum:g}")
            test.limits = " ".join(filter(None, (", ".join(parts), parts and test.unit or "")))

    @api.depends(
        "outcome",
        "value",
        "looks",
        "is_measured",
        "has_minimum",
        "minimum",
        "has_maximum",
        "maximum",
    )
    def _compute_verdict(self):
        for test in self:
            test.verdict = test._judge()

    def _judge(self):
        """Hook: pass, fail or none, of one test."""
        self.ensure_one()
        if self.outcome != "taken":
            return "none"
        if not self.is_measured:
            return {"good": "pass", "bad": "fail"}.get(self.looks, "none")
        if not (self.has_minimum or self.has_maximum):
            return "none"
        low = self.has_minimum and self.value < self.minimum
        high = self.has_maximum and self.value > self.maximum
        return "fail" if low or high else "pass"

    @api.constrains("outcome", "value", "note", "type_id")
    def _check_measured(self):
        for test in self:
            if test.outcome == "taken" and test.is_measured and not (test.value or test.note):
                raise ValidationError(
                    self.env._(
                        "%(equipment)s, %(test)s: enter what was measured. If it was zero, say so "
                        "in the note.",
                        equipment=test.equipment_id.display_name,
                        test=test.type_id.display_name,
                    )
                )

    @api.constrains("outcome", "date", "note")
    def _check_taken(self):
        today = self.env.company._get_power_today()
        for test in self:
            if test.outcome == "taken" and (not test.date or test.date > today):
                raise ValidationError(
                    self.env._(
                        "%(equipment)s, %(test)s: a test of a coming day cannot be done yet. "
                        "Enter the day it was done.",
                        equipment=test.equipment_id.display_name,
                        test=test.type_id.display_name,
                    )
                )
            if test.outcome == "skipped" and not test.note:
                raise ValidationError(
                    self.env._(
                        "%(equipment)s, %(test)s: say in the note why it was not possible.",
                        equipment=test.equipment_id.display_name,
                        test=test.type_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        tests = super().create(vals_list)
        tests.filtered(lambda t: t.outcome == "taken").equipment_id._refresh_tests_due()
        return tests

    def write(self, vals):
        self._check_changeable()
        result = super().write(vals)
        if {"outcome", "date", "type_id", "equipment_id", "value", "looks"} & vals.keys():
            self.equipment_id._refresh_tests_due()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reported(self):
        self._check_changeable()

    def _check_changeable(self):
        """Hook: refuse to change what stands in a report.

        :raises UserError: naming the report
        """

    def unlink(self):
        equipment = self.equipment_id
        result = super().unlink()
        equipment._refresh_tests_due()
        return result

    @api.depends("equipment_id", "type_id")
    def _compute_display_name(self):
        for test in self:
            test.display_name = ": ".join(
                filter(None, (test.equipment_id.display_name, test.type_id.display_name))
            )

    def action_raise_defect(self):
        """Open a new defect of the equipment with what was measured."""
        self.ensure_one()
        vals = self._prepare_defect_vals()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Defect"),
            "res_model": "power.defect",
            "view_mode": "form",
            "context": {f"default_{name}": value for name, value in vals.items()},
        }

    def _prepare_defect_vals(self):
        """Hook: the defect a failed test gives."""
        self.ensure_one()
        measured = self.env._(
            "%(test)s: %(value)s %(unit)s (%(limits)s; %(rule)s)",
            test=self.type_id.display_name,
            value=f"{self.value:g}",
            unit=self.unit or "",
            limits=self.limits or "-",
            rule=self.source or "-",
        )
        return {
            "name": self.env._(
                "%(equipment)s: %(test)s failed",
                equipment=self.equipment_id.name,
                test=self.type_id.display_name,
            ),
            "description": measured if self.is_measured else self.note,
            "equipment_id": self.equipment_id.id,
            "partner_id": self.partner_id.id,
            "severity": "serious",
        }
