from odoo.tests import tagged

from .common import PowerCase


@tagged("post_install", "-at_install")
class TestPerformance(PowerCase):
    """The number of queries must not grow with the number of customers."""

    def _create_customers(self, count):
        partners = self.env["res.partner"].create(
            [
                {"name": f"Customer {index}", "phone": "13912345678", "power_is_customer": True}
                for index in range(count)
            ]
        )
        self.env["power.supply.point"].create(
            [{"partner_id": partner.id, "capacity_kva": 1} for partner in partners]
        )
        self.env.flush_all()
        return partners

    def _count_queries(self, partners, *names):
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        for partner in partners:
            partner.mapped(lambda record: [record[name] for name in names])
        return self.cr.sql_log_count - before

    def test_computes_read_in_batches(self):
        names = (
            "power_service_record_count",
            "power_major_defect_count",
            "power_licence_count",
            "power_duplicate_ids",
        )
        few, many = self._create_customers(2), self._create_customers(60)
        self._count_queries(few, *names)
        self.assertLessEqual(
            self._count_queries(many, *names), self._count_queries(few, *names) + 1
        )

    def test_profile_is_computed_in_batches(self):
        few, many = self._create_customers(2), self._create_customers(60)

        def recompute(partners):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env.add_to_compute(partners._fields["power_capacity_kva"], partners)
            partners.flush_recordset()
            return self.cr.sql_log_count - before

        recompute(few)
        self.assertLessEqual(recompute(many), recompute(few) + 2)

    def test_searched_columns_are_indexed(self):
        self.cr.execute(
            "SELECT tablename || ' ' || indexdef FROM pg_indexes"
            " WHERE tablename IN ('res_partner', 'power_supply_point', 'power_licence')"
        )
        indexes = "\n".join(row[0] for row in self.cr.fetchall())
        for expected in (
            "gin (complete_name gin_trgm_ops)",
            "gin (power_customer_number gin_trgm_ops)",
            "gin (number gin_trgm_ops)",
            "(phone_sanitized)",
            "(company_id, number)",
            "(partner_id)",
            "(payer_id)",
            "(area_id)",
        ):
            self.assertIn(expected, indexes)
