from odoo import api, models
from odoo.fields import Domain

from odoo.addons.power_crm.tools.batches import in_batches

_BATCH = 500


class AccountMove(models.Model):
    """Invoices and credits of service contracts that need nobody: posted, and sent if so set."""

    _inherit = "account.move"

    @api.model
    def _post_power_services(self):
        """Daily, where the company has set it: post the drafts that are due.

        A draft with an activity waits for somebody, as does one whose posting failed.

        :return: whether all was done before the time of the job was over
        """
        for company in (
            self.env["res.company"].sudo().search([("power_service_invoices", "!=", "draft")])
        ):
            moves = self.with_company(company)
            drafts = moves.search(self._get_service_drafts_domain(company))
            if not in_batches(drafts, _BATCH, type(self)._post_and_queue, type(self)._ask_to_post):
                return False
        return True

    @api.model
    def _get_service_drafts_domain(self, company):
        """Hook: drafts of service contracts that are posted by themselves today."""
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "draft")
            & Domain("move_type", "in", ("out_invoice", "out_refund"))
            & Domain("auto_post", "=", "no")
            & Domain("invoice_date", "<=", company._get_power_today())
            & Domain("activity_ids", "=", False)
            & Domain("invoice_line_ids.contract_line_id.contract_id.is_power_service", "=", True)
        )

    def _post_and_queue(self):
        # The note of the contract tells where they come from; nobody changed their state.
        self.with_context(mail_notrack=True)._post(soft=False)
        self._queue_power_sending()

    def _queue_power_sending(self):
        """Mail what is posted by Odoo's queue, where the company has set it."""
        sent = self._filter_power_sent()
        if sent:
            author = self.env.user
            sent.sending_data = {
                "author_user_id": author.id,
                "author_partner_id": author.partner_id.id,
            }
            self.env.ref("account.ir_cron_account_move_send")._trigger()

    def _filter_power_sent(self):
        """Hook: those that go to the customer by mail now."""
        return self.filtered(
            lambda move: (
                move.state == "posted"
                and move.company_id.power_service_invoices == "send"
                and move.partner_id.email
            )
        )

    def _ask_to_post(self, error):
        """Tell who sold the contract why its invoice could not be posted."""
        user = self.invoice_user_id or self.env.user
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            user_id=user.id,
            summary=self.with_context(lang=user.lang).env._("This invoice could not be posted"),
            note=str(error),
        )
