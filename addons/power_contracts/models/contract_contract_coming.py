from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_TARGETS = {"suspend": "suspended", "resume": "open", "terminate": "terminated"}


class ContractContract(models.Model):
    """What is agreed for a coming day: until then the contract covers, is visited and invoiced."""

    _inherit = "contract.contract"

    coming_change = fields.Selection(
        [("suspend", "Suspension"), ("resume", "Going on"), ("terminate", "Termination")],
        string="Coming change",
        copy=False,
        readonly=True,
        tracking=True,
        index="btree_not_null",
    )
    date_coming_change = fields.Date(
        string="Agreed for",
        copy=False,
        readonly=True,
        tracking=True,
        help="First day of the suspension, first day after it, or last day of the contract.",
    )
    coming_change_reason = fields.Char(string="Reason of the change", copy=False, readonly=True)
    term_end_before = fields.Date(
        string="Ended on before", copy=False, readonly=True, help="The end that was shortened."
    )

    def _announce_change(self, change, day, reason=None):
        """Keep what is to happen on a coming ``day``; the nightly job does it.

        :param str change: ``suspend``, ``resume`` or ``terminate``
        :raises UserError: where the state does not allow it or another change is agreed already
        """
        self.ensure_one()
        self._check_state_move(_TARGETS[change])
        if self.coming_change:
            raise UserError(
                self.env._(
                    "%(contract)s: “%(change)s” is agreed for %(day)s. Withdraw that first.",
                    contract=self.display_name,
                    change=self._get_change_label(),
                    day=fields.Date.to_string(self.date_coming_change),
                )
            )
        vals = {
            "coming_change": change,
            "date_coming_change": day,
            "coming_change_reason": reason,
        }
        if change == "terminate":
            vals |= {"term_end_before": self.term_end, "term_end": day, "renewal_state": False}
        self.write(vals)
        if change == "terminate":
            self._get_visits_from(fields.Date.add(day, days=1), "planned")._set_state("cancelled")
        self._log_amendment(
            self._for_customer().env._(
                "“%(change)s” agreed for %(day)s. %(reason)s",
                change=self._get_change_label(),
                day=fields.Date.to_string(day),
                reason=reason or "",
            ),
            tell=True,
        )
        return True

    def action_withdraw_change(self):
        """Take back what was agreed for a coming day."""
        for contract in self.filtered("coming_change"):
            label, day = contract._get_change_label(), contract.date_coming_change
            terminated, end = contract.coming_change == "terminate", contract.term_end_before
            contract.write(
                {**self._prepare_no_change_vals(), **({"term_end": end} if terminated else {})}
            )
            if terminated:
                contract._replan_visits(fields.Date.add(day, days=1))
            contract._log_amendment(
                contract._for_customer().env._(
                    "“%(change)s” on %(day)s withdrawn.",
                    change=label,
                    day=fields.Date.to_string(day),
                ),
                tell=True,
            )
        return True

    @api.model
    def _prepare_no_change_vals(self):
        return {
            "coming_change": False,
            "date_coming_change": False,
            "coming_change_reason": False,
            "term_end_before": False,
        }

    def _get_change_label(self):
        selection = self._fields["coming_change"]._description_selection(self.env)
        return dict(selection).get(self.coming_change, "")

    def _get_visits_from(self, day, state):
        return self.sudo().visit_ids.filtered(
            lambda visit: visit.state == state and visit.origin == "plan" and visit.date_due >= day
        )

    def _replan_visits(self, day):
        """Plan what was called off from ``day`` on, and what comes into sight."""
        end = self.term_end
        self._get_visits_from(day, "cancelled").filtered(
            lambda visit: not end or visit.date_due <= end
        )._set_state("planned")
        self._plan_visits()

    # === NIGHTLY JOB === #

    @api.model
    def _get_change_due_domain(self, today):
        """A termination is done when its last day is over, the others on their day."""
        last = Domain("coming_change", "=", "terminate") & Domain("date_coming_change", "<", today)
        return last | (
            Domain("coming_change", "in", ("suspend", "resume"))
            & Domain("date_coming_change", "<=", today)
        )

    def _perform_coming_change(self, _today):
        for contract in self:
            day, reason = contract.date_coming_change, contract.coming_change_reason
            if contract.coming_change == "suspend":
                contract.action_suspend(day, reason)
            elif contract.coming_change == "resume":
                contract.action_resume(day)
            elif contract.coming_change == "terminate":
                contract.action_terminate(day, reason)
