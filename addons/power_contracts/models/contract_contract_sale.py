from odoo import fields, models
from odoo.exceptions import UserError


class ContractContract(models.Model):
    """A contract made of a quotation."""

    _name = "contract.contract"
    _inherit = ["contract.contract", "power.quoted.mixin"]

    sale_order_id = fields.Many2one(
        "sale.order",
        string="Quotation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    def _open_or_ask(self, user):
        """Put contracts in force; where one cannot be, ``user`` is asked to mend it.

        A customer who signs is never turned away for what somebody here has to put right.
        """
        for contract in self:
            try:
                with self.env.cr.savepoint():
                    contract.action_open()
            except UserError as error:
                contract._message_log(body=str(error))
                if user:
                    contract.activity_schedule(
                        "mail.mail_activity_data_warning",
                        user_id=user.id,
                        summary=contract.with_context(lang=user.lang).env._(
                            "Signed, but not in force yet"
                        ),
                        note=str(error),
                    )
