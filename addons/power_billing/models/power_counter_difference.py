from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class PowerCounterSession(models.Model):
    """What is missing in a drawer, or too much, is booked when the day close is approved."""

    _inherit = "power.counter.session"

    difference_move_id = fields.Many2one(
        comodel_name="account.move",
        string="Entry of the difference",
        readonly=True,
        copy=False,
        check_company=True,
    )

    def action_approve(self):
        """Approve the day close and book the cash difference with its reason."""
        result = super().action_approve()
        for session in self:
            session._book_difference()
        return result

    def _book_difference(self):
        """Book counted less expected cash against the drawer's profit or loss account.

        Differences of cards are none in cash: they show when the terminal pays out.
        """
        self.ensure_one()
        difference = sum(self.line_ids.filtered("is_cash").mapped("difference"))
        if self.difference_move_id or self.currency_id.is_zero(difference):
            return
        self.difference_move_id = (
            self.env["account.move"].sudo().create(self._prepare_difference_vals(difference))
        )
        self.difference_move_id.sudo().action_post()

    def _prepare_difference_vals(self, difference):
        journal = self.journal_id.sudo()
        label = self.env._(
            "Cash difference of %(session)s: %(reason)s",
            session=self.name,
            reason=self.difference_reason,
        )
        accounts = (journal.default_account_id, self._get_difference_account(difference))
        return {
            "move_type": "entry",
            "journal_id": journal.id,
            "company_id": self.company_id.id,
            "date": fields.Date.context_today(self, self.date_counted),
            "ref": label,
            "line_ids": [
                Command.create({"name": label, "account_id": account.id, "balance": balance})
                for account, balance in zip(accounts, (difference, -difference), strict=True)
            ],
        }

    def _get_difference_account(self, difference):
        """Return the drawer's profit account for too much, its loss account for too little.

        :raises UserError: when the journal has none
        """
        journal = self.journal_id.sudo()
        account = journal.profit_account_id if difference > 0 else journal.loss_account_id
        if not account:
            raise UserError(
                self.env._(
                    "Drawer “%(journal)s” has no account for cash differences. Set its profit and "
                    "loss accounts under Invoicing › Configuration › Journals.",
                    journal=journal.name,
                )
            )
        return account

    def action_view_difference(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": self.difference_move_id.id,
        }
