import re
from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, freeze_time, new_test_user, tagged

from ..models.power_tariff_list import ready_lists
from ..tools.day_chart import NARROW, DayPart, day_chart
from ..tools.rating_error import RatingError
from .test_price_list import PriceListCase

JANUARY = {"date_from": "2026-01-01", "date_to": "2026-01-31"}


@tagged("post_install", "-at_install")
class TestDayChart(TransactionCase):
    def test_bars_fill_the_day_and_rise_with_the_price(self):
        svg = day_chart(
            [
                DayPart(0, 480, "Valley", Decimal("0.4"), "#58d68d"),
                DayPart(480, 1440, "Peak <&>", Decimal("0.8"), "#e67e22"),
            ]
        )
        # 24 hours are 704 points wide: 8 hours 234.7, 16 hours 469.3; heights 1 : 2 of 112.
        self.assertIn('width="234.7" height="56.0"', svg)
        self.assertIn('width="469.3" height="112.0"', svg)
        self.assertIn("0.8000", svg)
        self.assertIn("Peak &lt;&amp;&gt;", svg)
        self.assertFalse(day_chart([]))

    def test_on_a_telephone_figures_are_as_large_as_written(self):
        """A page of 390 pixels leaves the picture 300: one point is one pixel, a figure 12."""
        svg = day_chart(
            [
                DayPart(0, 1200, "Flat", Decimal("0.65188"), "#f4d03f"),
                DayPart(1200, 1320, "Sharp", Decimal("1.05"), "#c0392b"),
                DayPart(1320, 1440, "尖", Decimal("1.05"), "#c0392b"),
            ],
            paper=NARROW,
        )
        self.assertIn('viewBox="0 0 300 150"', svg)
        self.assertIn('font-size="12"', svg)
        self.assertIn(">0.65<", svg)
        # Two hours are 23.7 points wide: room for one Chinese letter of 12, not for five of 7.2.
        self.assertIn(">尖<", svg)
        self.assertNotIn("Sharp", svg)


@tagged("post_install", "-at_install")
class TestRateUsage(PriceListCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        service = cls.env["power.tariff.list"]
        for name in ("hubei_2026_01", "zhejiang_residential"):
            service._apply(service._plan(ready_lists()[name], cls.company))

    def _rate(self, code, **usage):
        tariff = self._tariff(code)
        return self.env["power.tariff"].rate_usage(tariff.id, {**JANUARY, **usage})

    def test_by_period(self):
        """100 kWh of each period below 1 kV: 113.40 + 93.10 + 73.57 + 51.69 as printed.

        Each charge is rounded by itself: energy 108.88 + 88.58 + 69.05 + 47.17, funds of 400 kWh
        8.00 + 2.48 + 7.60.
        """
        result = self._rate(
            "HB-1-LV-TOU", kwh={"sharp": "100", "peak": "100", "flat": "100", "valley": "100"}
        )
        amounts = sorted(Decimal(charge["amount"]) for charge in result["charges"])
        expected = ["2.48", "7.60", "8.00", "47.17", "69.05", "88.58", "108.88"]
        self.assertEqual(amounts, [Decimal(amount) for amount in expected])
        self.assertEqual(result["total"], "331.76")
        self.assertEqual(result["currency"], "CNY")
        self.assertIn("Energy · Peak", [charge["label"] for charge in result["charges"]])

    def test_two_part_by_demand(self):
        """10 kV, 1 000 kVA, contract 800 kW, measured 850 kW: 840 kW are free of the excess.

        850 > 840 = 1.05 × 800: R1 charges 42 × (800 + 2 × 10) = 34 440. Energy 100 000 kWh at
        0.606686 = 60 668.60, funds 2 000 + 620 + 1 900.
        """
        result = self._rate(
            "HB-2-10KV",
            kwh="100000",
            demand_kw="850",
            facts={
                "capacity_kva": "1000",
                "contract_demand_kw": "800",
                "demand_choice": "contract",
            },
        )
        by_kind = {}
        for charge in result["charges"]:
            by_kind.setdefault(charge["kind"], Decimal(0))
            by_kind[charge["kind"]] += Decimal(charge["amount"])
        self.assertEqual(by_kind["demand"], Decimal("34440.00"))
        self.assertEqual(by_kind["energy"], Decimal("60668.60"))
        self.assertEqual(by_kind["fund"], Decimal("4520.00"))
        self.assertNotIn("capacity", by_kind)

    def test_tiers_of_the_year(self):
        """2 700 kWh were used before: 60 at 0.538, 40 at 0.588 = 32.28 + 23.52."""
        result = self._rate("ZJ-R", kwh="100", year_kwh="2700")
        self.assertEqual(result["total"], "55.80")
        self.assertEqual([charge["tier"] for charge in result["charges"]], [1, 2])

    def test_plain_data(self):
        """A tariff of a list rates without being in the database: 19.07 × 500 kW = 9 535.00."""
        tariff = ready_lists()["sce_tou8_2022"]["tariffs"][0]
        result = self.env["power.tariff"].rate_usage(
            tariff,
            {
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
                "kwh": {"winter_mid": "1000"},
                "demand_kw": {"winter_mid": "400"},
            }
            | {"demand_kw": "500"},
        )
        charges = {charge["label"]: charge["amount"] for charge in result["charges"]}
        self.assertEqual(charges["Facilities-related demand"], "9535.00")
        self.assertEqual(
            charges["Generation · " + self.env["power.tariff.period"]._get_label("winter_mid")],
            "68.29",
        )

    def test_clear_errors(self):
        rate = self.env["power.tariff"].rate_usage
        tariff = self._tariff("HB-1-LV-TOU").id
        for args, message in (
            ((tariff, {**JANUARY, "kwh": "1", "gas": 1}), "“gas” is not known in the use"),
            ((tariff, {"kwh": "1", "date_from": "soon"}), "“date_from” must be a date"),
            ((tariff, JANUARY), "“kwh” or “intervals” is missing"),
            ((tariff, {**JANUARY, "kwh": "much"}), "must be a number as text"),
            ((tariff, {**JANUARY, "kwh": {"dusk": "1"}}), "no period “dusk”"),
            ((tariff, {"date_from": "2020-01-01", "date_to": "2020-01-31", "kwh": "1"}),
             "no prices between"),
            ((0, {**JANUARY, "kwh": "1"}), "no tariff with the id 0"),
            (("x", {**JANUARY, "kwh": "1"}), "neither the id"),
            (({"date_from": "2026-01-01"}, {**JANUARY, "kwh": "1"}), "components"),
            ((self._tariff("HB-2-10KV").id, {**JANUARY, "kwh": "1"}), ""),
        ):  # fmt: skip
            with self.assertRaises(UserError) as caught:
                rate(*args)
            self.assertIn(message, str(caught.exception))

    def test_reading_the_tariff_is_enough(self):
        agent = new_test_user(
            self.env,
            login="usage_agent",
            groups="power_crm.group_agent",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        tariff = self._tariff("ZJ-R")
        model = self.env["power.tariff"]
        usage = {**JANUARY, "kwh": "100"}
        self.assertEqual(model.with_user(agent).rate_usage(tariff.id, usage)["total"], "53.80")
        elsewhere = self.env.ref("base.main_company")
        other = new_test_user(
            self.env,
            login="usage_other",
            groups="power_crm.group_agent",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        portal = new_test_user(self.env, login="usage_portal", groups="base.group_portal")
        for user in (other, portal):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                model.with_user(user).with_context(
                    allowed_company_ids=user.company_id.ids
                ).rate_usage(tariff.id, usage)


@tagged("post_install", "-at_install")
class TestPriceEnquiry(PriceListCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        service = cls.env["power.tariff.list"]
        service._apply(service._plan(ready_lists()["hubei_2026_01"], cls.company))

    def test_version_shown(self):
        tariff = self._tariff("HB-1-LV")
        version = tariff.version_ids
        for day in (date(2025, 1, 1), date(2026, 3, 1), date(2027, 1, 1)):
            self.assertEqual(tariff._get_price_version(day), version)

    def test_rows_of_a_day(self):
        rows = self._tariff("HB-1-LV-TOU").version_ids._get_price_rows(7, "workday")
        self.assertEqual(
            [(row["period"], row["hours"], row["prices"]) for row in rows],
            [
                ("Sharp", "20:00–22:00", ["1.133999"]),
                ("Peak", "16:00–20:00, 22:00–24:00", ["0.930961"]),
                ("Flat", "06:00–12:00, 14:00–16:00", ["0.735686"]),
                ("Valley", "00:00–06:00, 12:00–14:00", ["0.516924"]),
            ],
        )

    def test_picture_in_the_back_office(self):
        tariff = self._tariff("HB-1-LV-TOU")
        chart = str(tariff.version_ids.day_chart)
        # Two seasons, seven parts of the day each.
        self.assertEqual(chart.count("<svg"), 2)
        self.assertEqual(chart.count("<rect"), 14)
        self.assertIn("1.1340", chart)
        self.assertIn("Jul–Aug", chart)
        self.assertFalse(self._tariff("HB-1-LV").day_chart)

    def test_compare(self):
        """1 234 kWh billed 907.84 at 0.735686; two-part energy at 0.606686 would be 748.65.

        Its funds: 24.68 + 7.65 + 23.45.
        """
        bill = self._create_bill()
        tariff = self._create_tariff(
            "Cheaper",
            prices=(
                ("energy", "Energy", 0.606686),
                ("fund", "a", 0.02),
                ("fund", "b", 0.0062),
                ("fund", "c", 0.019),
            ),
        )
        result = tariff._compare_bills(bill)
        self.assertAlmostEqual(result["amount"], 804.43, 2)
        self.assertAlmostEqual(result["billed"], 907.84, 2)
        self.assertAlmostEqual(result["difference"], -103.41, 2)
        self.assertFalse(result["by_whole"] or result["error"])

    def test_compare_without_hours(self):
        """A meter that tells no hours apart is reckoned at the price without periods: the same."""
        result = self._tariff("HB-1-LV-TOU")._compare_bills(self._create_bill())
        self.assertTrue(result["by_whole"])
        # energy 852.06, funds 24.68 + 7.65 + 23.45
        self.assertAlmostEqual(result["amount"], 907.84, 2)

    def test_compare_with_a_basic_charge(self):
        result = self._tariff("HB-2-10KV")._compare_bills(self._create_bill())
        self.assertTrue(result["error"])
        self.assertFalse(result["months"])

    def test_a_month_that_cannot_be_told_is_left_out(self):
        """The other is 907.84 at this tariff as billed (see above); the first has no contract."""
        first, second = self._create_bill(), self._create_bill()
        tariff = self._tariff("HB-1-LV-TOU")
        prepare = type(tariff)._prepare_compare_determinants

        def prepare_second(self, bill, version):
            if bill == first:
                raise RatingError("no_demand_choice", date="2026-01-01")
            return prepare(self, bill, version)

        with patch.object(type(tariff), "_prepare_compare_determinants", prepare_second):
            result = tariff._compare_bills(first | second)
        self.assertEqual(result["left_out"], first)
        self.assertEqual([month["bill"] for month in result["months"]], [second])
        self.assertAlmostEqual(result["amount"], 907.84, 2)
        self.assertAlmostEqual(result["billed"], 907.84, 2)
        self.assertIn("basic charge", result["reason"])
        self.assertFalse(result["error"])

    def test_twelve_months(self):
        point = self._create_point(meter_vals={"date_installed": "2024-12-31", "initial_value": 0})
        bills = self.env["power.bill"]
        for number in range(1, 15):
            year, month = 2025 + (number - 1) // 12, (number - 1) % 12 + 1
            bills |= self.env["power.bill"].create(
                {
                    "supply_point_id": point.id,
                    "company_id": self.company.id,
                    "period_from": date(year, month, 1),
                    "period_to": date(year, month, 28),
                }
            )
        months = self.tariff._get_compare_months(bills)
        self.assertEqual(len(months), 12)
        self.assertEqual(months[0].period_from, date(2025, 3, 1))


@tagged("post_install", "-at_install", "power_slow")
class TestPricePages(PriceListCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        service = cls.env["power.tariff.list"]
        service._apply(service._plan(ready_lists()["hubei_2026_01"], cls.company))
        cls.public_user = cls.env.ref("base.public_user")
        cls.public_user.write(
            {"company_ids": [Command.link(cls.company.id)], "company_id": cls.company.id}
        )
        cls.public_user.partner_id.lang = "en_US"
        cls._tariff_of("HB-1-35KV").is_public = False

    @classmethod
    def _tariff_of(cls, code):
        return cls.env["power.tariff"].search(
            [("company_id", "=", cls.company.id), ("code", "=", code)]
        )

    def _login(self, partner, login):
        user = self._create_portal_user(login, partner_id=partner.id)
        self.authenticate(user.login, user.login)

    def _open(self, url):
        # The first page of a database builds the bundles.
        return self.url_open(url, timeout=90)

    def test_public_page(self):
        page = self._open("/power/prices?month=7").text
        self.assertIn("Hubei C&amp;I one-part, below 1 kV, time of use", page)
        self.assertIn("20:00–22:00", page)
        self.assertIn("<svg", page)
        self.assertNotIn("one-part, 35 kV<", page)
        self.assertNotIn(self.tariff.name, page)
        self.assertNotIn("20:00–22:00", self._open("/power/prices?month=3").text)
        self.assertIn("18:00–20:00", self._open("/power/prices?month=3").text)

    def test_public_page_takes_any_address(self):
        for query in ("month=0", "month=99", "month=x", "days=never", "month=7&foo=1"):
            self.assertEqual(self._open(f"/power/prices?{query}").status_code, 200, query)

    def test_own_page_needs_a_login(self):
        self.assertIn("/web/login", self._open("/my/power/prices").url)

    @freeze_time("2026-02-10")
    def test_calculator(self):
        bill = self._create_bill()
        partner = bill.partner_id
        tariff = self._tariff_of("HB-1-10KV")
        self._login(partner, "price_household")
        page = self._open("/my/power/prices").text
        # The own tariff is there, public or not.
        self.assertIn(self.tariff.name, page)
        # A household may look at what large industry pays, but not change to it.
        self._tariff_of("HB-2-35KV").usage_category_ids = self.env.ref(
            "power_crm.usage_large_industry"
        )
        options = re.findall(r"<option[^>]*>(.*?)</option>", self._open("/my/power/prices").text)
        self.assertTrue(any("10 (20) kV" in option for option in options))
        self.assertFalse(any("two-part, 35 kV" in option for option in options))
        url = f"/my/power/prices?point={bill.supply_point_id.id}&tariff={tariff.id}"
        page = self._open(url).text
        # 1234 × 0.670486 = 827.38, funds 55.78: 24.68 less than 907.84
        self.assertIn("24.68", page)
        self.assertIn("883.16", page)

    @freeze_time("2026-02-10")
    def test_calculator_refuses_what_is_not_ones_own(self):
        own = self._create_bill()
        other = self._create_bill(self._create_point(self._create_customer("Other Shop")))
        self._login(own.partner_id, "price_nosy")
        tariff = self._tariff_of("HB-1-10KV").id
        hidden = self._tariff_of("HB-1-35KV").id
        for point, choice in (
            (other.supply_point_id.id, tariff),
            (own.supply_point_id.id, hidden),
            ("x", tariff),
            (own.supply_point_id.id, "x"),
        ):
            url = f"/my/power/prices?point={point}&tariff={choice}"
            self.assertEqual(self._open(url).status_code, 404, url)
        url = f"/my/power/prices?point={own.supply_point_id.id}&tariff={tariff}"
        self.assertEqual(self._open(url).status_code, 200)
