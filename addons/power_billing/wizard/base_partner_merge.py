from odoo import api, models
from odoo.exceptions import UserError


class MergePartnerAutomatic(models.TransientModel):
    """The consolidated statements of two entries of one payer."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        for statement in (
            self.env["power.bill.statement"].sudo().search([("partner_id", "in", src_partners.ids)])
        ):
            self._merge_power_statement(statement, dst_partner)
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _merge_power_statement(self, statement, payer):
        """One statement a payer and month: of two that are settled, one takes the other's bills.

        :raises UserError: while one is to be paid, for its paper names a reference and an amount
        """
        kept = statement.search(
            [
                ("partner_id", "=", payer.id),
                ("company_id", "=", statement.company_id.id),
                ("period", "=", statement.period),
            ]
        )
        if not kept:
            statement.partner_id = payer
            return
        if "open" in (kept | statement).mapped("state"):
            raise UserError(
                self.env._(
                    "Both customers have a consolidated statement of the same month, %(one)s and "
                    "%(other)s, and not both are paid. Merge them when nothing is open.",
                    one=kept.name,
                    other=statement.name,
                )
            )
        statement.bill_ids.statement_id = kept
        statement.unlink()
