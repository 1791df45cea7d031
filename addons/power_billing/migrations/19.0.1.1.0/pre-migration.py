from odoo.tools import SQL


def migrate(cr, version):
    """A charge's company is its bill's, its version its component's."""
    cr.execute(
        SQL(
            """
            ALTER TABLE power_bill_line DROP COLUMN IF EXISTS company_id,
                                        DROP COLUMN IF EXISTS version_id
            """
        )
    )
