from datetime import date

from dateutil.relativedelta import relativedelta

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.power_grading.models.power_grading_source import ScoreScope
from odoo.addons.power_grading.tests.common import GradingCase, values_of

END = date(2026, 6, 30)


@tagged("post_install", "-at_install")
class TestRankings(GradingCase):
    """Three customers over twenty-four months.

    ======== ==== ============ ============= ============ ========= ========
    customer kVA  kWh of a     of the year   yuan per kWh kWh of    charge of
                  month        before                     the year  the year
    ======== ==== ============ ============= ============ ========= ========
    large    100  600          500           0.50         7200      3600
    small    10   300          400           1.00         3600      3600
    new      20   100          –             0.70         1200      840
    ======== ==== ============ ============= ============ ========= ========
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.large, cls.small, cls.new = cls.partners = cls._create_customers(100, 10, 20)
        cls.steel, cls.food = cls.env["power.industry"].create(
            [{"name": "T steel", "code": "TS"}, {"name": "T food", "code": "TF"}]
        )
        cls.large.power_industry_id = cls.steel
        (cls.small + cls.new).power_industry_id = cls.food
        cls.env.flush_all()
        for back in range(24):
            end = END + relativedelta(months=-back, day=31)
            recent = back < 12
            cls._insert_bill(cls.large, end, 600 if recent else 500, 0.5)
            cls._insert_bill(cls.small, end, 300 if recent else 400, 1)
            if recent:
                cls._insert_bill(cls.new, end, 100, 0.7)
        # a final bill of the month just begun does not move the window
        cls._insert_bill(cls.small, date(2026, 7, 3), 1000, 1)
        cls.env["power.customer.year"]._refresh(cls.bureau)

    @classmethod
    def _insert_bill(cls, partner, end, kwh, price):
        cls.env.cr.execute(
            SQL(
                "INSERT INTO power_bill (name, company_id, supply_point_id, customer_id,"
                " partner_id, period_from, period_to, state, kwh, amount_total)"
                " VALUES ('T', %s, %s, %s, %s, %s, %s, 'posted', %s, %s)",
                cls.bureau.id,
                partner.power_supply_point_ids.id,
                partner.id,
                partner.id,
                end.replace(day=1),
                end,
                kwh,
                kwh * price,
            )
        )

    def _read(self, *names):
        rankings = self.env["power.customer.ranking"].search([("company_id", "=", self.bureau.id)])
        rows = {row.partner_id: row for row in rankings}
        return [tuple(round(rows[partner][name], 2) for name in names) for partner in self.partners]

    def test_consumption(self):
        # of 12,000 kWh
        self.assertEqual(
            self._read("kwh", "kwh_share", "rank_kwh"),
            [(7200, 60, 1), (3600, 30, 2), (1200, 10, 3)],
        )

    def test_month(self):
        self.assertEqual(
            self._read("month_kwh", "month_share", "rank_month"),
            [(600, 60, 1), (300, 30, 2), (100, 10, 3)],
        )

    def test_growth(self):
        # 7200 against 6000, 3600 against 4800, nothing to compare with
        self.assertEqual(self._read("growth", "rank_growth"), [(20, 1), (-25, 2), (0, 0)])

    def test_charge(self):
        # of 8040; equal charges share a place
        self.assertEqual(
            self._read("charge", "charge_share", "rank_charge"),
            [(3600, 44.78, 1), (3600, 44.78, 1), (840, 10.45, 3)],
        )

    def test_price(self):
        # all pay 8040 / 12000 = 0.67
        self.assertEqual(
            self._read("average_price", "price_gap", "rank_price"),
            [(0.5, -25.37, 3), (1, 49.25, 1), (0.7, 4.48, 2)],
        )

    def test_capacity(self):
        # kWh in 8760 h of the kVA: 7200/876000, 3600/87600, 1200/175200
        self.assertEqual(
            self._read("capacity_use", "rank_use", "capacity_room"),
            [(0.82, 2, 99.18), (4.11, 1, 9.59), (0.68, 3, 19.86)],
        )

    def test_industries(self):
        rows = self.env["power.industry.ranking"].search([("company_id", "=", self.bureau.id)])
        self.assertEqual(
            [
                (row.power_industry_id, row.place, row.customer_count, row.kwh, row.kwh_share)
                for row in rows
            ],
            [(self.steel, 1, 1, 7200, 60), (self.food, 2, 2, 4800, 40)],
        )
        # 4800 against 4800; (3600 + 840) / 4800
        self.assertAlmostEqual(rows[1].growth, 0)
        self.assertAlmostEqual(rows[1].average_price, 0.925)
        action = rows[1].action_open_customers()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found.partner_id, self.small + self.new)

    def test_refreshed_on_demand_and_own_company_only(self):
        self._insert_bill(self.new, date(2025, 6, 30), 50, 1)
        agent = self._create_user("agent")
        ranking = self.env["power.customer.ranking"].with_user(agent)
        ranking = ranking.with_context(allowed_company_ids=self.bureau.ids)
        ranking.action_refresh()
        self.assertEqual(self._read("growth")[2], (2300,))
        stranger = self._create_user("agent", self._create_bureau("Elsewhere"))
        env = self.env(user=stranger, context={"allowed_company_ids": stranger.company_id.ids})
        for model in ("power.customer.ranking", "power.industry.ranking", "power.customer.year"):
            self.assertFalse(env[model].search([("company_id", "=", self.bureau.id)]))

    def test_layers(self):
        scheme = self._create_scheme(
            "layers",
            axis="pyramid",
            leading=True,
            bands=(("A", 50, None), ("B", None, 50)),
        )
        scheme.action_activate()
        self._run(scheme)
        layers = self.env["power.pyramid.layer"].search([("company_id", "=", self.bureau.id)])
        self.assertEqual(
            [
                (layer.band_id.letter, layer.customer_count, layer.kwh, layer.kwh_share)
                for layer in layers
            ],
            [("A", 1, 7200, 60), ("B", 2, 4800, 40)],
        )
        self.assertAlmostEqual(layers[0].growth, 20)
        action = layers[1].action_open_customers()
        found = self.env["res.partner"].search(action["domain"])
        self.assertEqual(found, self.small + self.new)

    def test_every_ranking_opens(self):
        """The list of each ranking shows its place first and sorts by it."""
        for code in ("kwh", "month", "growth", "charge", "price", "use"):
            action = self.env.ref(f"power_grading_billing.power_customer_ranking_action_{code}")
            arch = self.env[action.res_model].get_view(action.view_id.id, "list")["arch"]
            self.assertIn(f'default_order="rank_{code}"', arch)
            self.assertEqual(action.view_mode, "list,pivot,graph")


@tagged("post_install", "-at_install")
class TestMeteringSources(GradingCase):
    """A factory: 12 months, a meter of active, reactive energy and demand, times 100."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.partner,) = cls._create_customers(100)
        cls.point = cls.partner.power_supply_point_ids
        cls.meter = cls.env["power.meter"].create(
            {
                "number": "T-FACTORY",
                "supply_point_id": cls.point.id,
                "company_id": cls.bureau.id,
                "date_installed": "2024-12-31",
                "register_ids": [
                    Command.create(
                        {
                            "quantity": quantity,
                            "multiplier": 100,
                            "digits": 6,
                            "date_from": "2024-12-31",
                        }
                    )
                    for quantity in ("active", "reactive", "demand")
                ],
            }
        )
        cls.env.flush_all()
        cls.registers = {register.quantity: register for register in cls.meter.register_ids}
        before = date(2024, 12, 31)
        for month in range(1, 13):
            day = date(2025, month, 1) + relativedelta(day=31)
            cls._insert_reading("active", before, day, 0, 8000)
            cls._insert_reading("reactive", before, day, 0, 6000)
            # 0.30 kW on the dial in June, 0.20 else: 30 and 20 kW
            cls._insert_reading("demand", before, day, 0.30 if month == 6 else 0.20, 0)
            before = day

    @classmethod
    def _insert_reading(cls, quantity, before, day, value, consumption):
        register = cls.registers[quantity]
        cls.env.cr.execute(
            SQL(
                "INSERT INTO power_meter_reading (meter_id, register_id, supply_point_id,"
                " company_id, kind, state, date, previous_date, value, consumption)"
                " VALUES (%s, %s, %s, %s, 'actual', 'billed', %s, %s, %s, %s)",
                cls.meter.id,
                register.id,
                cls.point.id,
                cls.bureau.id,
                day,
                before,
                value,
                consumption,
            )
        )

    def _value(self, code):
        query = self.env["power.grading.source"]._score_queries()[code]
        found = values_of(self.env, query, ScoreScope(self.bureau.id, date(2025, 12, 31), 12))
        return float(found[self.partner.id])

    def test_power_factor(self):
        # 8000 / sqrt(8000² + 6000²)
        self.assertAlmostEqual(self._value("power_factor"), 0.8)

    def test_demand(self):
        self.assertEqual(self._value("max_demand"), 30)

    def test_load_factor(self):
        # 96,000 kWh in 365 days of 24 hours at 30 kW
        self.assertAlmostEqual(self._value("load_factor"), 100 * 96000 / 8760 / 30, places=3)

    def test_bill_lines(self):
        bills = []
        for month in (10, 11, 12):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO power_bill (name, company_id, supply_point_id, customer_id,"
                    " partner_id, period_from, period_to, state, kwh, amount_total)"
                    " VALUES ('T', %s, %s, %s, %s, %s, %s, 'posted', 1, 1) RETURNING id",
                    self.bureau.id,
                    self.point.id,
                    self.partner.id,
                    self.partner.id,
                    date(2025, month, 1),
                    date(2025, month, 1) + relativedelta(day=31),
                )
            )
            bills.append(self.env.cr.fetchone()[0])
        for bill, amount in zip(bills, (-5, 7, 0), strict=True):
            self._insert_line(bill, "power_factor", None, 0, amount)
            self._insert_line(bill, "energy", "valley", 30, 1)
            self._insert_line(bill, "energy", "peak", 90, 1)
            self._insert_line(bill, "energy", None, 500, 1)
        # a reward and nothing are no charge: two of three; 30 of 120 kWh by hours
        self.assertAlmostEqual(self._value("power_factor_months"), 200 / 3)
        self.assertEqual(self._value("valley_share"), 25)

    def _insert_line(self, bill, kind, period, quantity, amount):
        self.env.cr.execute(
            SQL(
                "INSERT INTO power_bill_line (bill_id, kind, name, period, quantity, amount)"
                " VALUES (%s, %s, 'T', %s, %s, %s)",
                bill,
                kind,
                period,
                quantity,
                amount,
            )
        )

    def test_load_curves(self):
        self.env["power.load.day"]._make_partitions(date(2025, 5, 1), date(2025, 5, 31))
        self.env.cr.execute(
            SQL(
                "INSERT INTO power_load_day (meter_id, company_id, date, minutes, gaps, quantity,"
                " source, energy, maximum_kw, units) VALUES (%s, %s, '2025-05-05', 60, 0,"
                " 'active', 't', 10, 42.5, array_fill(1, ARRAY[24]))",
                self.meter.id,
                self.bureau.id,
            )
        )
        self.assertEqual(self._value("load_peak"), 42.5)
