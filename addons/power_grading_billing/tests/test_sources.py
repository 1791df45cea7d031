from datetime import date

from dateutil.relativedelta import relativedelta

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.power_grading.models.power_grading_source import ScoreScope
from odoo.addons.power_grading.tests.common import GradingCase, values_of

DAY = date(2026, 6, 30)


@tagged("post_install", "-at_install")
class TestBillingSources(GradingCase):
    """Twenty-four months of 100 kWh at 0.50, the last four of 150 kWh at 0.80."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.partner,) = cls._create_customers(10)
        cls.env.flush_all()
        for back in range(24):
            end = DAY + relativedelta(months=-back, day=31)
            kwh, price = (150, 0.8) if back < 4 else (100, 0.5)
            cls._insert_bill(end, kwh, kwh * price)

    @classmethod
    def _insert_bill(cls, end, kwh, amount):
        """A posted bill as the sources see it; posting one takes tariffs, meters and a chart."""
        cls.env.cr.execute(
            SQL(
                "INSERT INTO power_bill (name, company_id, supply_point_id, customer_id,"
                " partner_id, period_from, period_to, state, kwh, amount_total)"
                " VALUES ('T', %s, %s, %s, %s, %s, %s, 'posted', %s, %s)",
                cls.bureau.id,
                cls.partner.power_supply_point_ids.id,
                cls.partner.id,
                cls.partner.id,
                end.replace(day=1),
                end,
                kwh,
                amount,
            )
        )

    def _value(self, code, months=12):
        query = self.env["power.grading.source"]._score_queries()[code]
        found = values_of(self.env, query, ScoreScope(self.bureau.id, DAY, months))
        return float(found[self.partner.id])

    def test_sums(self):
        # 4 x 150 + 8 x 100; 4 x 120 + 8 x 50
        self.assertEqual(self._value("billed_kwh"), 1400)
        self.assertEqual(self._value("billed_amount"), 880)
        # a customer whose bills another pays is charged all the same
        self.assertEqual(self._value("charge"), 880)
        self.assertAlmostEqual(self._value("average_price"), 880 / 1400)

    def test_growth(self):
        # 1400 against 1200
        self.assertAlmostEqual(self._value("kwh_growth"), 16.6667, places=3)

    def test_evenness(self):
        # 1400 / 12 in 150
        self.assertAlmostEqual(self._value("month_evenness"), 100 * 1400 / 12 / 150)

    def test_capacity_use(self):
        # 1400 kWh in 365 days of 24 hours at 10 kVA
        self.assertAlmostEqual(self._value("capacity_use"), 100 * 1400 / 8760 / 10)

    def test_streak(self):
        self.assertEqual(self._value("growth_streak"), 4)
        self.env.cr.execute(
            SQL(
                "UPDATE power_bill SET kwh = 90 WHERE customer_id = %s AND period_to = %s",
                self.partner.id,
                date(2026, 5, 31),
            )
        )
        self.assertEqual(self._value("growth_streak"), 1)

    def test_shipped_schemes_are_in_use(self):
        for code in ("value_default", "hunan_potential"):
            scheme = self.env.ref(f"power_grading_billing.scheme_{code}")
            self.assertFalse(scheme.fault_note)
