from datetime import timedelta

from odoo import fields, models


class ContractContract(models.Model):
    """Keeps its terms: one begins when the contract is put in force, one at every renewal."""

    _inherit = "contract.contract"

    term_ids = fields.One2many("power.contract.term", "contract_id", string="Terms")

    def write(self, vals):
        result = super().write(vals)
        if {"term_end", "date_start"} & vals.keys():
            self.filtered("is_power_service")._follow_term()
        return result

    def _follow_term(self):
        for contract in self:
            running = contract._get_running_term()
            if running and running.date_to != contract.term_end:
                running.date_to = contract.term_end

    def _get_running_term(self):
        self.ensure_one()
        return self.sudo().term_ids.filtered(lambda term: term.outcome == "running")[:1]

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        services = self.filtered("is_power_service")
        for contract in services:
            running = contract._get_running_term()
            if target == "open" and not contract.term_ids:
                contract._begin_term(contract.date_start)
            elif target in ("ended", "terminated") and running:
                running._close(target, contract.term_end)
        return result

    def _begin_term(self, day):
        self.ensure_one()
        return (
            self.env["power.contract.term"]
            .sudo()
            .create({"contract_id": self.id, "date_from": day, "date_to": self.term_end})
        )

    def action_renew(self):
        self._check_renewable()
        for contract in self:
            terms, end = contract.sudo().term_ids, contract.term_end
            last = contract._get_running_term() or terms.sorted("date_from")[-1:]
            last._close("renewed", end)
            super(ContractContract, contract).action_renew()
            contract._begin_term(fields.Date.to_date(end) + timedelta(days=1))
        return True
