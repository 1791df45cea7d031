from odoo import models


class PowerFaultCall(models.TransientModel):
    """The caller's open bills: power that was cut off for a debt is no fault."""

    _inherit = "power.fault.call"

    def _get_money_note(self):
        note = super()._get_money_note()
        # What is open the agent may know; the books behind it stay closed.
        partner = (self.partner_id._origin or self.partner_id).sudo()
        moves = partner._get_power_open_moves(self.company_id) if partner else None
        return "\n".join(filter(None, (note, self._describe_open(moves)))) if moves else note

    def _describe_open(self, moves):
        """Hook: say what is open.

        :param moves: open posted ``account.move`` of bills and late fees, in due order
        """
        currency = self.company_id.currency_id
        today = self.company_id._get_power_today()
        late = moves.filtered(lambda move: move.invoice_date_due and move.invoice_date_due < today)
        total = currency.format(sum(moves.mapped("amount_residual_signed")))
        if not late:
            return self.env._("%(total)s open (bills: %(count)s)", total=total, count=len(moves))
        return self.env._(
            "%(total)s open (bills: %(count)s), %(late)s of it overdue since %(since)s",
            total=total,
            count=len(moves),
            late=currency.format(sum(late.mapped("amount_residual_signed"))),
            since=late[0].invoice_date_due,
        )
