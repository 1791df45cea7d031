import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.power_crm.tools.batches import in_batches

_logger = logging.getLogger(__name__)
_BATCH = 100


class ContractContract(models.Model):
    """The nightly job: in batches, company by company; one contract that fails stops no other."""

    _inherit = "contract.contract"

    date_reminded_end = fields.Date(
        string="Reminded of the end on", copy=False, readonly=True, help="Once a term."
    )
    reminder_count = fields.Integer(string="Reminders of this end", copy=False, readonly=True)

    @api.model
    def _cron_follow_terms(self):
        """Daily: do what is agreed, renew, offer, remind, end, invoice the rest, plan visits."""
        for company in self._get_service_companies():
            contracts = self.with_company(company)
            today = company._get_power_today()
            own = Domain("is_power_service", "=", True) & Domain("company_id", "=", company.id)
            for step, domain in contracts._get_nightly_steps(today):
                if not contracts.search(own & domain)._follow_in_batches(step, today):
                    return
        self.env["power.contract.visit"]._mark_missed()

    @api.model
    def _get_service_companies(self):
        groups = self.sudo()._read_group([("is_power_service", "=", True)], ["company_id"])
        return [company for (company,) in groups]

    @api.model
    def _get_nightly_steps(self, today):
        """Hook: [(method called with the day, domain of its contracts)], in their order.

        A method must leave the contract outside its domain, or do nothing the second time.
        """
        running = Domain("state", "in", self._STATES_IN_FORCE)
        staying = Domain("coming_change", "!=", "terminate")
        over = Domain("state", "in", ("ended", "terminated"))
        return [
            ("_perform_coming_change", self._get_change_due_domain(today)),
            ("_follow_end", running & staying & Domain("term_end", "<", today)),
            ("_invoice_rest", over & Domain("recurring_next_date", "<=", today)),
            ("_invoice_late_visits", self._get_late_visits_domain()),
            ("_remind_of_end", running & staying & Domain("term_end", ">=", today)),
            ("_plan_visits_until", Domain("state", "=", "open")),
        ]

    def _follow_in_batches(self, step, today):
        """Do a step, committing after each batch; answer False when the time is over."""
        return in_batches(
            self,
            _BATCH,
            lambda some: getattr(some, step)(today),
            lambda one, error: one._note_failure(step, error),
        )

    def _note_failure(self, step, error):
        """Hook: where the reason is kept; what is not invoiced is listed with its fellows."""
        if step in ("_invoice_rest", "_invoice_late_visits"):
            self._record_invoice_generation_error(error, "invoice")
        else:
            self._ask_to_mend(error)

    def _ask_to_mend(self, error):
        """Tell the responsible person, once, why the nightly job leaves this contract out."""
        self.ensure_one()
        if not isinstance(error, UserError):
            _logger.warning("Contract %s cannot be followed", self.id, exc_info=error)
        user = self.user_id or self.company_id._get_power_answer_user(self.partner_id)
        user = user or self.env.user
        summary = self.with_context(lang=user.lang).env._("The nightly job left this out")
        known = self.activity_ids.filtered(lambda item: item.summary == summary)
        if known:
            known.note = str(error)
            return
        self._message_log(body=str(error))
        self.activity_schedule(
            "mail.mail_activity_data_warning", user_id=user.id, summary=summary, note=str(error)
        )

    # === STEPS === #

    def _follow_end(self, today):
        """Past its last day a contract goes on by itself, unless the customer declined, or ends."""
        renewed = self.filtered(
            lambda item: item.renewal == "auto" and item.renewal_state != "declined"
        )
        renewed.action_renew()
        for contract in self - renewed:
            contract._close_pause(contract.term_end)
            contract._set_state("ended")
        return True

    def _plan_visits_until(self, _today):
        return self._plan_visits()

    @api.model
    def _get_late_visits_domain(self):
        """Visits done when their line had no period left to be invoiced with."""
        late = (
            Domain("state", "=", "done")
            & Domain("origin", "=", "plan")
            & Domain("invoice_line_id", "=", False)
            & Domain("contract_line_id.recurring_next_date", "=", False)
            & Domain("contract_line_id.is_canceled", "=", False)
        )
        return Domain("state", "in", self._get_invoiced_states()) & Domain("visit_ids", "any", late)

    def _invoice_late_visits(self, today):
        """Draft an invoice of the visits done after the last period was invoiced."""
        moves = self.env["account.move"].sudo()
        for contract in self.sudo():
            vals_list = [
                vals
                for line in contract.contract_line_ids
                if line.visit_months and not line.recurring_next_date and not line.is_canceled
                if (vals := line._prepare_invoice_line())
            ]
            if vals_list:
                commands = [fields.Command.create(vals) for vals in vals_list]
                moves += moves.create(
                    {**contract._prepare_invoice(today), "invoice_line_ids": commands}
                )
        moves._link_power_visits(today)
        self._clear_invoice_generation_error()
        return moves

    def _remind_of_end(self, today):
        """The notice days ahead, and again half of them where an offer is not answered."""
        for contract in self.filtered("term_end"):
            end, notice = contract.term_end, contract.notice_days
            told = contract.reminder_count if contract.date_reminded_end == end else 0
            left = (end - today).days
            if not told and left <= notice:
                if contract.renewal_state not in ("offered", "declined"):
                    contract._remind_once()
                contract.write({"date_reminded_end": end, "reminder_count": 1})
            elif told == 1 and left <= notice // 2 and contract.renewal_state == "offered":
                contract._log_amendment(
                    contract._for_customer().env._(
                        "The renewal is still on offer. Without your answer the contract ends on "
                        "%(end)s.",
                        end=fields.Date.to_string(end),
                    ),
                    tell=True,
                )
                contract.reminder_count = 2

    def _remind_once(self):
        self.ensure_one()
        if self.renewal == "auto":
            self._log_amendment(
                self._for_customer().env._(
                    "Renews itself until %(end)s.",
                    end=fields.Date.to_string(self._get_renewed_end()),
                ),
                tell=True,
            )
            return
        if self.renewal == "agreement" and self.renewal_months:
            self.action_offer_renewal()
        self._schedule_end_activity()
