from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.compare import REASONS, Reason, Summary
from .common import PowerBillingCase

HOURS = ((0, 8, "valley"), (8, 12, "flat"), (12, 18, "peak"), (18, 20, "sharp"), (20, 24, "peak"))
PRICES = {"sharp": 1.0, "peak": 0.8, "flat": 0.6, "valley": 0.38}


def spaced(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


class WhyCase(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Lists in sentences follow an installed language only.
        cls.env["res.lang"]._activate_lang("en_US")

    @classmethod
    def _bill(cls, point, period, day, value):
        cls._read(point, day, value)
        run = cls._create_run(period, supply_point_ids=[Command.set(point.ids)])
        run._process_all()
        return run.bill_ids

    @classmethod
    def _create_plain_bills(cls, partner=None):
        """January: 1240 kWh in 31 days; February: 1400 kWh in 28 days."""
        point = cls._create_point(partner, meter_vals={"initial_value": 0})
        return (
            cls._bill(point, "2026-01-01", "2026-01-31", 1240),
            cls._bill(point, "2026-02-01", "2026-02-28", 2640),
        )

    def _get_rows(self, bill, other):
        """Return the change, and its rows as (key, signed money, sentence)."""
        change = bill._get_change(other)
        self.assertEqual(sum(row["amount"] for row in change["rows"]), change["amount"])
        return change, [
            (r["key"], spaced(r["text"]), spaced(r["sentence"])) for r in change["rows"]
        ]


@tagged("post_install", "-at_install", "power_slow")
class TestBillWhy(WhyCase):
    def test_days_and_volume(self):
        """40 kWh a day for 31 days, 50 for 28; 0.690486 and 0.0452 yuan a kWh.

        January  1240: 856.20 + 56.05 = 912.25
        28 days  1120: 773.34 + 50.62 = 823.96, so days −88.29
        February 1400: 966.68 + 63.28 = 1029.96, so volume +206.00; together +117.71
        """
        january, february = self._create_plain_bills()
        self.assertEqual((january.amount_total, february.amount_total), (912.25, 1029.96))
        change, rows = self._get_rows(february, february._get_previous_bill())
        self.assertEqual(spaced(change["difference"]), "+¥ 117.71")
        self.assertEqual(
            rows,
            [
                ("days", "−¥ 88.29", "This bill covers fewer days: 28 instead of 31."),
                (
                    "volume",
                    "+¥ 206.00",
                    "You used more a day: 50.00 kWh instead of 40.00 kWh.",
                ),
            ],
        )
        bars = [row["bar"] for row in change["rows"]]
        # The greatest bar fills its half of 100; −88.29 is 42.9 of it, to the left.
        self.assertIn('x="100.0" y="2" width="100.0"', bars[1])
        self.assertIn('x="57.1" y="2" width="42.9"', bars[0])

    def test_plain_bill_stays_plain(self):
        january, _february = self._create_plain_bills()
        self.assertEqual(january._get_usage_periods(), [])
        self.assertIsNone(january._get_usage_demand())
        self.assertIsNone(january._get_usage_power_factor())
        self.assertIsNone(january._get_portal_change())
        html = str(self.env["ir.qweb"]._render("power_billing.bill_content", {"bill": january}))
        for text in ("When you used it", "Power factor", "Demand", "(estimated)"):
            self.assertNotIn(text, html)

    def test_dialog(self):
        january, february = self._create_plain_bills()
        action = february.action_why()
        clerk = new_test_user(
            self.env,
            "why_clerk",
            groups="power_crm.group_billing_clerk",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        dialog = self.env["power.bill.why"].with_user(clerk)
        dialog = dialog.with_context(**action["context"]).create({})
        self.assertEqual(dialog.other_id, january)
        self.assertIn("117.71", dialog.explanation)
        self.assertIn("<svg", dialog.explanation)
        dialog.against = "year"
        self.assertFalse(dialog.other_id)
        self.assertFalse(dialog.explanation)
        dialog.against = "other"
        dialog.other_id = january
        self.assertIn("117.71", dialog.explanation)

    def test_year_ago(self):
        point = self._create_point(meter_vals={"initial_value": 0, "date_installed": "2024-12-31"})
        old = self._bill(point, "2025-01-01", "2025-01-31", 1240)
        for month, day in enumerate((28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 2):
            self._bill(point, f"2025-{month:02d}-01", f"2025-{month:02d}-{day}", 1240 * month)
        new = self._bill(point, "2026-01-01", "2026-01-31", 1240 * 13)
        self.assertEqual(new._get_year_ago_bill(), old)
        self.assertEqual(new._get_previous_bill().period_from.month, 12)
        self.assertEqual(new._get_change(old)["rows"], [])

    def test_not_the_customer_before(self):
        january, _february = self._create_plain_bills()
        point = january.supply_point_id
        point.partner_id = self._create_customer("Next")
        march = self._bill(point, "2026-03-01", "2026-03-31", 3000)
        self.assertFalse(march._get_previous_bill())

    def test_unrated_bill_is_told(self):
        january, _february = self._create_plain_bills()
        draft = january.create(
            {
                "supply_point_id": january.supply_point_id.id,
                "company_id": self.company.id,
                "period_from": "2026-03-01",
                "period_to": "2026-03-31",
            }
        )
        with self.assertRaisesRegex(UserError, "was not rated"):
            draft._get_change(january)

    def test_estimate_is_marked(self):
        point = self._create_point(meter_vals={"initial_value": 0})
        self._read(point, "2026-01-31", 1240, kind="estimated")
        run = self._create_run(supply_point_ids=[Command.set(point.ids)])
        run._process_all()
        bill = run.bill_ids
        self.assertTrue(bill.is_estimated)
        self.assertTrue(bill._is_estimated_reading(bill._get_print_readings()[0]))
        html = str(self.env["ir.qweb"]._render("power_billing.bill_content", {"bill": bill}))
        self.assertIn("(estimated)", html)


@tagged("post_install", "-at_install", "power_slow")
class TestFactoryWhy(WhyCase):
    """A two-part customer: dear hours, more demand and a bad power factor, each by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        periods = cls.env["power.tariff.period"]._get_ids()
        tariff = cls._create_tariff("Two-part", prices=(("energy", "Energy", 0.6),))
        version = tariff.version_ids
        version.schedule_ids = [
            Command.create({"hour_from": begin, "hour_to": end, "period_id": periods[period]})
            for begin, end, period in HOURS
        ]
        version.component_ids.price_ids = [
            Command.create({"period_id": periods[period], "value": price})
            for period, price in PRICES.items()
        ]
        version.component_ids = [
            Command.create({"kind": "demand", "name": "Demand", "price": 39}),
            Command.create({"kind": "power_factor", "name": "Power factor"}),
        ]
        cls.point = cls._create_point(
            tariff_id=tariff.id,
            voltage_class="10kv",
            capacity_kva=200,
            meter_vals={
                "number": "WHY-1",
                "initial_value": 0,
                "date_installed": "2025-11-30",
            },
        )
        cls.point.fact_ids = [
            Command.create(
                {"date_from": "2025-01-01", "demand_choice": "actual", "pf_standard": "0.90"}
            )
        ]
        meter = cls.point.meter_ids
        cls.env["power.meter.register.add"].create(
            {"meter_id": meter.id, "demand": True, "reactive": True}
        ).action_add()
        cls.december = cls._bill_registers(
            "2025-12-01", "2025-12-31", (100, 200, 300, 400), demand=100, reactive=484
        )
        cls.january = cls._bill_registers(
            "2026-01-01", "2026-01-31", (300, 500, 600, 600), demand=120, reactive=484 + 750
        )

    @classmethod
    def _bill_registers(cls, period, day, values, demand, reactive):
        entry = cls.env["power.reading.entry"].create(
            {"meter_id": cls.point.meter_ids.id, "date": day}
        )
        active = dict(zip(PRICES, values, strict=True)) | {False: sum(values)}
        for line in entry.line_ids:
            register = line.register_id
            line.value = {"demand": demand, "reactive": reactive}.get(
                register.quantity, active[register.period]
            )
        entry.action_save()
        run = cls._create_run(period, supply_point_ids=[Command.set(cls.point.ids)])
        run._process_all()
        return run.bill_ids

    def test_reasons(self):
        """1000 kWh in 31 days both times.

        December  100/200/300/400 kWh: 592.00; 100 kW × 39 = 3900.00; PF 0.90: 0 % → 4492.00
        January   200/300/300/200 kWh: 696.00; 120 kW × 39 = 4680.00; 1000 / √(1000² + 750²) =
                  0.80, by the table of 1983 +5 % of 5376.00 = 268.80 → 5644.80
        """
        self.assertEqual(self.december.failure_reason, False)
        self.assertEqual(self.december.amount_total, 4492.0)
        self.assertEqual(self.january.amount_total, 5644.8)
        change, rows = self._get_rows(self.january, self.december)
        self.assertEqual(change["amount"], Decimal("1152.80"))
        self.assertEqual(
            rows,
            [
                (
                    "mix",
                    "+¥ 104.00",
                    (
                        "More of your energy fell into dear hours: Sharp 20.0% instead of 10.0%, "
                        "Peak 30.0% instead of 20.0%, and Valley 20.0% instead of 40.0%."
                    ),
                ),
                (
                    "demand",
                    "+¥ 780.00",
                    "You pay for more demand or capacity: 120 kW instead of 100 kW.",
                ),
                (
                    "power_factor",
                    "+¥ 268.80",
                    (
                        "The power factor was worse: 0.80 instead of 0.90. Compensation of "
                        "reactive power would lower the bill."
                    ),
                ),
            ],
        )

    def test_bill_shows_how_it_was_used(self):
        self.assertEqual(
            [
                (row["label"], row["kwh"], row["share"], row["amount"])
                for row in self.january._get_usage_periods()
            ],
            [
                ("Sharp", 200.0, 20.0, 200.0),
                ("Peak", 300.0, 30.0, 240.0),
                ("Flat", 300.0, 30.0, 180.0),
                ("Valley", 200.0, 20.0, 76.0),
            ],
        )
        self.assertEqual(self.january._get_usage_demand()["text"], "highest 120 kW")
        self.assertEqual(
            spaced(self.january._get_usage_power_factor()["text"]),
            "0.80, below the standard of 0.90: surcharge of 5.00% (+¥ 268.80)",
        )
        self.assertEqual(
            self.december._get_usage_power_factor()["text"], "0.90, standard 0.90: no adjustment"
        )
        html = str(
            self.env["ir.qweb"]._render("power_billing.bill_content", {"bill": self.january})
        )
        for text in ("When you used it", "highest 120 kW", "below the standard of 0.90"):
            self.assertIn(text, html)

    def test_charges_and_readings_as_the_reader_writes_them(self):
        """5 % of 5376.00, no quantity in per cent; readings with their separators."""
        factor = self.january._get_print_charges()[-1]
        self.assertEqual(
            (spaced(factor["quantity"]), factor["unit"], factor["price"], factor["amount"]),
            ("¥ 5,376.00", "", "5.00 %", 268.8),
        )
        reading = self.january._get_print_readings()[0]
        self.assertEqual(
            [reading[key] for key in ("previous", "value", "multiplier", "kwh")],
            ["1,000.00", "2,000.00", "1", "1,000.00"],
        )

    def test_bills_replay(self):
        for bill in self.december + self.january:
            self.assertEqual(bill._get_replay_problems(), [])


@tagged("post_install", "-at_install")
class TestReasonSentences(TransactionCase):
    def test_every_reason_has_a_label_and_sentences(self):
        bills = self.env["power.bill"].with_context(lang="en_US")
        reasons = {*REASONS, "tax"}
        self.assertEqual(set(bills._get_reason_labels()), reasons)
        old = Summary(31, Decimal(310), 1, {"peak": Decimal(50)}, [], pf=Decimal("0.9"))
        new = Summary(30, Decimal(330), 2, {"peak": Decimal(60)}, [], pf=Decimal("0.8"))
        for key in reasons:
            for amount in (Decimal(1), Decimal(-1)):
                for pair in ((old, new), (new, old), (old, old)):
                    text = bills._get_reason_sentence(Reason(key, amount), *pair)
                    self.assertRegex(text, r"^[A-Z].*\.$")
                    self.assertNotRegex(text, r"%\(|%s")

    def test_over_the_contract(self):
        bills = self.env["power.bill"].with_context(lang="en_US")
        old = Summary(31, Decimal(1), charged=[("demand", Decimal(1000))])
        new = Summary(
            31,
            Decimal(1),
            charged=[("demand", Decimal(1300))],
            demand_kw=Decimal(1200),
            contract_kw=Decimal(1000),
        )
        self.assertEqual(
            bills._get_reason_sentence(Reason("demand", Decimal(1)), old, new),
            "You pay for more demand or capacity: 1,300 kW instead of 1,000 kW. Your highest "
            "demand was 1,200 kW, your contract is for 1,000 kW.",
        )


@tagged("post_install", "-at_install", "power_slow")
class TestPortalWhy(WhyCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_portal_user("why_anna", name="why_anna")
        cls.other = cls._create_portal_user("why_boris", name="why_boris")
        cls.first, cls.bill = cls._create_plain_bills(cls.user.partner_id)
        cls.foreign_first, cls.foreign = cls._create_plain_bills(cls.other.partner_id)

    def test_card_and_page(self):
        self.authenticate("why_anna", "why_anna")
        page = self.url_open(f"/my/power/bills/{self.bill.id}")
        self.assertIn("Compared with last month:", page.text)
        self.assertIn("+¥ 117.71", spaced(page.text))
        self.assertIn(f"/my/power/bills/{self.bill.id}/why", page.text)
        self.assertIn(f"/my/power/bills/{self.bill.id}/data", page.text)
        page = self.url_open(f"/my/power/bills/{self.bill.id}/why")
        self.assertEqual(page.status_code, 200)
        for text in ("−¥ 88.29", "+¥ 206.00", "+¥ 117.71", "You used more a day"):
            self.assertIn(text, spaced(page.text))
        page = self.url_open(f"/my/power/bills/{self.bill.id}/why?against={self.first.id}")
        self.assertIn("117.71", page.text)

    def test_first_bill_has_nothing_to_compare(self):
        self.authenticate("why_anna", "why_anna")
        page = self.url_open(f"/my/power/bills/{self.first.id}")
        self.assertNotIn('id="bill_change"', page.text)
        page = self.url_open(f"/my/power/bills/{self.first.id}/why")
        self.assertEqual(page.status_code, 200)
        self.assertIn("This is the first bill", page.text)

    def test_others_are_refused(self):
        token = self.bill._portal_ensure_token()
        for login in ("why_anna", None):
            self.authenticate(login, login)
            for url in (
                f"/my/power/bills/{self.foreign.id}/why",
                f"/my/power/bills/{self.foreign.id}/why?access_token={token}",
                f"/my/power/bills/{self.foreign.id}/data",
                f"/my/power/bills/{self.foreign.id}/data?access_token=wrong",
                f"/my/power/bills/{self.bill.id}/why?against={self.foreign_first.id}",
            ):
                page = self.url_open(url)
                self.assertEqual(page.status_code, 404, url)
                self.assertNotIn("You used more a day", page.text)
                self.assertNotIn(self.foreign.name, page.text)

    @mute_logger("odoo.http")
    def test_others_are_refused_by_rpc(self):
        self.authenticate("why_anna", "why_anna")

        def call(model, method, *args):
            return self.url_open(
                f"/web/dataset/call_kw/{model}/{method}",
                json={"params": {"model": model, "method": method, "args": args, "kwargs": {}}},
            ).json()

        for method in ("action_why", "action_export_data", "_get_export_document"):
            self.assertIn("error", call("power.bill", method, [self.foreign.id]))
        self.assertIn("error", call("power.bill", "_get_change", [self.bill.id], self.first.id))
        self.assertIn("error", call("power.bill.why", "create", {"bill_id": self.bill.id}))
        with self.assertRaises(AccessError):
            self.foreign.with_user(self.user).action_why()
