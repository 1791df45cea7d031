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
        """Of two results of one run, that of who stays counts; appeals against the other go on."""
        pairs = SQL(
            "power_grading_result gone JOIN power_grading_result kept USING (line_id)"
            " WHERE gone.partner_id = %s AND kept.partner_id = %s",
            source.id,
            target.id,
        )
        self.env.execute_query(
            SQL(
                "UPDATE power_grading_appeal SET result_id = pair.kept"
                " FROM (SELECT gone.id AS gone, kept.id AS kept FROM %s) pair"
                " WHERE result_id = pair.gone",
                pairs,
            )
        )
        self.env.execute_query(
            SQL(
                "DELETE FROM power_grading_result WHERE id IN (SELECT gone.id FROM %s)",
                pairs,
            )
        )

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
