from odoo import api, models
from odoo.tools import SQL


class MergePartnerAutomatic(models.TransientModel):
    """The grades of two entries of one customer."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        self.env.flush_all()
        for partner in src_partners:
            self._merge_power_results(partner, dst_partner)
            self._merge_power_letters(partner, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _merge_power_results(self, source, target):
        """Where both were graded by one scheme, the results of who stays count.

        An appeal against one that goes is one against that of the same run, else the last.
        """
        pairs = SQL(
            """(SELECT gone.id AS gone,
                (array_agg(kept.id ORDER BY kept.line_id = gone.line_id DESC, kept.id DESC))[1]
                    AS kept
            FROM power_grading_result gone
            JOIN power_grading_result kept USING (company_id, family)
            WHERE gone.partner_id = %s AND kept.partner_id = %s
            GROUP BY gone.id) pair""",
            source.id,
            target.id,
        )
        for statement in (
            SQL(
                "UPDATE power_grading_appeal a SET result_id = kept FROM %s"
                " WHERE a.result_id = gone",
                pairs,
            ),
            SQL("DELETE FROM power_grading_result r USING %s WHERE r.id = gone", pairs),
        ):
            self.env.execute_query(statement)

    def _merge_power_letters(self, source, target):
        """The letters in force move where who stays has none in that company."""
        self.env.execute_query(
            SQL(
                """UPDATE power_customer_grade gone SET partner_id = %(target)s
                WHERE partner_id = %(source)s AND NOT EXISTS (
                    SELECT FROM power_customer_grade kept
                    WHERE kept.partner_id = %(target)s AND kept.company_id = gone.company_id
                )""",
                source=source.id,
                target=target.id,
            )
        )
