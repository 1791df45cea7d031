from odoo import fields, models
from odoo.tools import SQL

from .power_grading_result import Reference
from .power_grading_source import AXIS_FIELDS


class PowerCustomerGrade(models.Model):
    """The letters in force of a customer in a company: one narrow row, a column an axis.

    Customers read them as fields of their own (``res.partner.power_grade_credit`` …). They stand
    apart because each company that serves a customer grades it for itself, and because a table
    with two indexes is written in a tenth of the time of one with dozens. There is no foreign key,
    whose look-ups take as long as writing the letters: the row goes with its customer
    (``res.partner._unlink_power_grades``).
    """

    _name = "power.customer.grade"
    _description = "Grades in force of a customer"
    _log_access = False
    _rec_name = "partner_id"

    partner_id = Reference("res.partner", required=True, readonly=True)
    company_id = Reference("res.company", required=True, readonly=True)
    credit = fields.Char(readonly=True)
    value = fields.Char(readonly=True)
    safety = fields.Char(readonly=True)
    potential = fields.Char(readonly=True)
    risk = fields.Char(readonly=True)
    importance = fields.Char(readonly=True)
    pyramid = fields.Char(readonly=True)

    _customer_uniq = models.UniqueIndex("(partner_id, company_id)")

    def init(self):
        self.env.cr.execute(
            "ALTER TABLE power_customer_grade"
            " DROP CONSTRAINT IF EXISTS power_customer_grade_partner_id_fkey"
        )

    def _sync(self, axis, company, letters):
        """Write the letters in force (override, else what was found) where they differ.

        :param SQL letters: SELECT of (id, letter found) of customers, each of them once
        :return: number of customers whose letter changed
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO power_customer_grade (partner_id, company_id, %(column)s)
                SELECT n.id, %(company)s, n.letter
                FROM (
                    SELECT f.id, COALESCE(o.letter, f.letter) AS letter
                    FROM (%(letters)s) f(id, letter)
                    LEFT JOIN (
                        SELECT v.partner_id, b.letter
                        FROM power_grading_override v JOIN power_grading_band b ON b.id = v.band_id
                        WHERE v.state = 'approved' AND v.axis = %(axis)s
                            AND v.company_id = %(company)s
                            AND %(today)s BETWEEN v.date_from AND v.date_to
                    ) o ON o.partner_id = f.id
                ) n
                LEFT JOIN power_customer_grade g
                    ON g.partner_id = n.id AND g.company_id = %(company)s
                WHERE g.%(column)s IS DISTINCT FROM n.letter
                ON CONFLICT (partner_id, company_id) DO UPDATE SET %(column)s = EXCLUDED.%(column)s
                """,
                column=SQL.identifier(axis),
                letters=letters,
                company=company.id,
                axis=axis,
                today=company._get_power_today(),
            )
        )
        changed = self.env.cr.rowcount
        self.invalidate_model([axis])
        self.env["res.partner"].invalidate_model([AXIS_FIELDS[axis]])
        return changed

    def _select_all_letters(self, axis, company):
        """What is in force for everybody who has letters, or a grade of the leading scheme."""
        scheme = self.env["power.grading.scheme"]._get_leading(axis, company.id)
        everybody = SQL(
            """SELECT partner_id FROM power_customer_grade WHERE company_id = %s
            UNION SELECT r.partner_id FROM power_grading_result r WHERE %s""",
            company.id,
            self.env["power.grading.result"]._in_force_sql("r", company.id, scheme.code),
        )
        return self._select_letters(axis, company, everybody)

    def _select_letters(self, axis, company, partners):
        """What the leading scheme found for customers: SELECT of (id, letter), NULL for nothing.

        :param SQL partners: SELECT of ids of customers, each of them once
        """
        scheme = self.env["power.grading.scheme"]._get_leading(axis, company.id)
        return SQL(
            """SELECT t.id, r.letter FROM (%s) t(id)
            LEFT JOIN power_grading_result r ON r.partner_id = t.id AND %s""",
            partners,
            self.env["power.grading.result"]._in_force_sql("r", company.id, scheme.code),
        )
