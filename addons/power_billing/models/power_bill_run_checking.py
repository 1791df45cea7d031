from odoo import api, fields, models
from odoo.fields import Domain


class PowerBillRun(models.Model):
    """What a run shows of the bills that hold it up."""

    _inherit = "power.bill.run"

    _PROBLEMS_SHOWN = 100

    to_check_count = fields.Integer(
        string="To check",
        compute="_compute_to_check_count",
        help="Rated bills that look odd: they are posted after a clerk released them.",
    )
    postable_count = fields.Integer(compute="_compute_to_check_count")
    problem_ids = fields.Many2many(
        comodel_name="power.bill",
        string="Bills to mend or check",
        compute="_compute_problem_ids",
        help="The first hundred of them.",
    )
    is_busy = fields.Boolean(compute="_compute_is_busy", help="The background works on it.")

    @api.depends("bill_ids.state", "bill_ids.check_state")
    def _compute_to_check_count(self):
        waiting = dict(
            self.env["power.bill"]._read_group(
                [
                    ("run_id", "in", self.ids),
                    ("state", "=", "rated"),
                    ("check_state", "=", "to_check"),
                ],
                ["run_id"],
                ["__count"],
            )
        )
        for run in self:
            run.to_check_count = waiting.get(run, 0)
            run.postable_count = run.rated_count - run.to_check_count

    @api.depends("bill_ids.state", "bill_ids.check_state")
    def _compute_problem_ids(self):
        for run in self:
            domain = Domain("run_id", "in", run._origin.ids) & (
                Domain("state", "=", "failed")
                | Domain("state", "=", "rated") & Domain("check_state", "=", "to_check")
            )
            run.problem_ids = self.env["power.bill"].search(
                domain,
                order="failure_code, name",
                limit=self._PROBLEMS_SHOWN,
            )

    @api.depends("state", "print_state")
    def _compute_is_busy(self):
        for run in self:
            run.is_busy = run.state in ("rating", "posting") or run.print_state == "printing"

    def _get_batch_domain(self, source):
        domain = super()._get_batch_domain(source)
        if source == "rated":
            domain &= Domain("check_state", "=", False) | Domain("check_state", "=", "released")
        return domain

    def _count_remaining(self):
        waiting = self.to_check_count if self.state == "posting" else 0
        return super()._count_remaining() - waiting

    def action_view_to_check(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_bill_action_check"
        )
        return {**action, "domain": [*self._get_check_domain(), ("run_id", "=", self.id)]}

    def _get_check_domain(self):
        return [("state", "=", "rated"), ("check_state", "=", "to_check")]
