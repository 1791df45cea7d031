from odoo import api, models
from odoo.tools import SQL


class MergePartnerAutomatic(models.TransientModel):
    """Two entries of one customer become one."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _has_check_or_unique_constraint(self, table, column):
        """A unique index refuses a row as a constraint does, but Odoo looks for these alone."""
        return super()._has_check_or_unique_constraint(table, column) or bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM pg_index i
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
                    WHERE i.indrelid = %s::regclass AND i.indisunique AND a.attname = %s
                    LIMIT 1""",
                    table,
                    column,
                )
            )
        )

    @api.model
    def _update_values(self, src_partners, dst_partner):
        """Who stays without a customer number takes that of who goes, which has to let go first."""
        numbered = src_partners.filtered("power_customer_number")
        if numbered and not dst_partner.power_customer_number:
            number = numbered[0].power_customer_number
            numbered[0].power_customer_number = False
            numbered[0].flush_recordset()
            dst_partner.power_customer_number = number
        return super()._update_values(src_partners, dst_partner)
