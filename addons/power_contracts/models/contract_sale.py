from odoo import fields, models
from odoo.exceptions import UserError


class ContractContract(models.Model):
    """A contract made of a quotation."""

    _inherit = "contract.contract"

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

    def action_open_sale_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.sale_order_id.id,
            "views": [(False, "form")],
        }


class ContractLine(models.Model):
    _inherit = "contract.line"

    sale_order_line_id = fields.Many2one(
        "sale.order.line",
        string="Line of the quotation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    _sale_order_line_uniq = models.UniqueIndex(
        "(sale_order_line_id) WHERE sale_order_line_id IS NOT NULL",
        "This line of the quotation has become a contract already.",
    )
