from odoo import fields, models
from odoo.exceptions import UserError


class ContractContract(models.Model):
    """How the customer wants its invoices: by themselves or on the electricity bill."""

    _inherit = "contract.contract"

    power_invoicing = fields.Selection(
        selection=[("apart", "Apart"), ("bill", "With the electricity bill")],
        string="Invoices come",
        required=True,
        default="apart",
        tracking=True,
        help="With the electricity bill: on the payer's next consolidated bill, with one amount "
        "to pay and its due day. Where none comes in time, apart.",
    )

    def _choose_invoicing(self, choice):
        """Keep what the customer chooses; what waits for a bill goes apart where it has to.

        :param str choice: ``apart`` or ``bill``
        :raises UserError: where there is no such choice or the contract is over
        """
        self.ensure_one()
        if choice not in dict(self._fields["power_invoicing"].selection):
            raise UserError(self.env._("Choose how your invoices are to come."))
        if self.state not in self._STATES_IN_FORCE:
            raise UserError(self.env._("%(contract)s is over.", contract=self.display_name))
        self.power_invoicing = choice

    def write(self, vals):
        result = super().write(vals)
        if vals.get("power_invoicing") == "apart":
            self._end_waiting()
        return result

    def _end_waiting(self):
        moves = self.env["account.move"].sudo()
        for contract in self:
            waiting = moves.search(
                moves._get_waiting_domain(contract.company_id)
                & fields.Domain("invoice_line_ids.contract_line_id.contract_id", "=", contract.id)
            )
            waiting._go_apart(self.env._("The customer wants its service invoices apart."))
