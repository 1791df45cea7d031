from odoo import api, fields, models

from ..tools.change_steps import first_change, is_step, next_step


class PowerChangeRule(models.Model):
    """When a customer may change what the basic charge is paid on, as the authority set it."""

    _name = "power.change.rule"
    _description = "Rule of Change"
    _order = "code, date_from desc, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        selection=[
            ("demand_choice", "Capacity, contract demand or actual demand"),
            ("contract_demand", "Contract demand"),
        ],
        string="What changes",
        required=True,
    )
    date_from = fields.Date(string="In force from", required=True)
    step = fields.Selection(
        selection=[("month", "Of a month"), ("quarter", "Of a quarter")],
        string="Counts from the beginning",
        required=True,
    )
    working_days = fields.Integer(
        string="Working days before",
        required=True,
        help="Working days (Monday to Friday, without holidays) between asking and counting.",
    )
    source = fields.Char(help="The document that sets it.")
    company_id = fields.Many2one(
        comodel_name="res.company", index=True, help="Empty: for all companies."
    )

    _days_positive = models.Constraint(
        "CHECK (working_days >= 0)", "Working days cannot be below zero."
    )

    @api.model
    def _get_rule(self, code, day, company):
        """Return the rule in force on a day; a company's own goes before the common one."""
        return self.search(
            [
                ("code", "=", code),
                ("date_from", "<=", day),
                ("company_id", "in", [False, company.id]),
            ],
            order="company_id, date_from desc",
            limit=1,
        )

    def _get_warning(self, requested, day, company):
        """Say why a change asked for on one day may not count from another, or nothing."""
        if not self or not requested or not day:
            return False
        exceptions = self.env["power.workday"]._get_exceptions(company)
        first = first_change(requested, self.step, self.working_days, exceptions)
        if day >= first and is_step(day, self.step):
            return False
        allowed = max(first, next_step(day, self.step))
        return self.env._(
            "%(rule)s (%(document)s): asked for on %(requested)s, it may count from %(allowed)s.",
            rule=self.name,
            document=self.source or "",
            requested=requested,
            allowed=allowed,
        )
