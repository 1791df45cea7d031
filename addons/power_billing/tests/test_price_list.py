import base64
import copy
import csv
import io
import json
from decimal import Decimal
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import file_open

from ..models.power_tariff_list import ready_lists
from ..tools import determinants, price_list, price_list_xlsx, schedule
from .common import PowerBillingCase

PERIODS = ("sharp", "peak", "flat", "valley", "deep_valley")
LIST = {
    "format": "power-tariff/1",
    "currency": "CNY",
    "tariffs": [
        {
            "code": "T-R",
            "name": "Residential",
            "public": True,
            "usage_categories": ["R"],
            "versions": [
                {
                    "source": "notice 1",
                    "date_from": "2026-01-01",
                    "tiers": {"basis": "year", "limits": ["2760", "4800"]},
                    "components": [
                        {
                            "kind": "energy",
                            "name": "Energy",
                            "price": "0.538",
                            "prices": [
                                {"tier": 2, "price": "0.588"},
                                {"tier": 3, "price": "0.838"},
                            ],
                        }
                    ],
                }
            ],
        }
    ],
}


def codes(problems):
    return [(problem.path, problem.code) for problem in problems]


@tagged("post_install", "-at_install")
class TestPriceListKernel(TransactionCase):
    """The pure part: checking, hours, comparing, workbooks."""

    def _check(self, **changes):
        data = copy.deepcopy(LIST)
        data["tariffs"][0]["versions"][0].update(changes)
        return price_list.check_list(data, PERIODS)

    def test_a_good_list(self):
        self.assertFalse(price_list.check_list(LIST, PERIODS))

    def test_everything_wrong_is_told_at_once_with_its_path(self):
        data = {
            "format": "power-tariff/2",
            "extra": 1,
            "tariffs": [
                {
                    "code": "A",
                    "versions": [
                        {
                            "date_from": "1.1.2026",
                            "components": [{"kind": "gas", "name": "x", "price": "-1"}],
                        }
                    ],
                }
            ],
        }
        self.assertEqual(
            set(codes(price_list.check_list(data, PERIODS))),
            {
                ("extra", "unknown"),
                ("format", "format"),
                ("tariffs[0].name", "missing"),
                ("tariffs[0].versions[0].date_from", "date"),
                ("tariffs[0].versions[0].components[0].kind", "choice"),
                ("tariffs[0].versions[0].components[0].price", "number"),
            },
        )

    def test_numbers_keep_their_digits(self):
        data = price_list.loads('{"price": 0.690486000000000001}')
        self.assertEqual(data["price"], "0.690486000000000001")

    def test_no_json(self):
        with self.assertRaises(price_list.ListError) as caught:
            price_list.loads('{"a": \n oops}')
        self.assertEqual(caught.exception.problems[0].data, {"line": 2, "column": 2})

    def test_versions_of_a_list_do_not_overlap(self):
        data = copy.deepcopy(LIST)
        later = copy.deepcopy(data["tariffs"][0]["versions"][0])
        later["date_from"] = "2026-08-01"
        data["tariffs"][0]["versions"].append(later)
        where = "tariffs[0].versions[1].date_from"
        self.assertEqual(codes(price_list.check_list(data, PERIODS)), [(where, "versions_overlap")])
        data["tariffs"][0]["versions"][0]["date_to"] = "2026-07-31"
        self.assertFalse(price_list.check_list(data, PERIODS))

    def test_hours_over_midnight(self):
        """22:00 to 08:00 is one row in a list; the other 14 hours fill the day."""
        rows = [
            {"months": list(range(1, 13)), "period": "valley", "from": "22:00", "to": "08:00"},
            {"months": list(range(1, 13)), "period": "peak", "from": "08:00", "to": "22:00"},
        ]
        self.assertFalse(self._check(schedule=rows))
        self.assertEqual(
            price_list.day_periods(rows, 1, "workday"),
            [(0, 480, "valley"), (480, 1320, "peak"), (1320, 1440, "valley")],
        )

    def test_hours_twice_and_hours_without_a_period(self):
        """The peak lies in the day from 18:00 to 19:30; nothing is said of 07:00 to 08:00."""
        every = list(range(1, 13))
        rows = [
            {"months": every, "period": "flat", "from": "08:00", "to": "20:00"},
            {"months": every, "period": "peak", "from": "18:00", "to": "19:30"},
            {"months": every, "period": "valley", "from": "20:00", "to": "07:00"},
        ]
        overlap, gap = self._check(schedule=rows)
        self.assertEqual((overlap.code, gap.code), ("overlap", "gap"))
        told = [overlap.data[key] for key in ("month", "start", "end", "row", "other")]
        self.assertEqual(told, [1, "18:00", "19:30", 2, 1])
        told = [gap.data[key] for key in ("month", "days", "start", "end")]
        self.assertEqual(told, [1, "workday", "07:00", "08:00"])

    def test_hours_agree_with_the_rating_kernel(self):
        """The two readings of a schedule, minute by minute, on every list that comes along."""
        for data in ready_lists().values():
            for __, version in price_list.walk_versions(data):
                rows = version.get("schedule") or []
                kernel = determinants.read_version(price_list.kernel_version(version, 1), "")
                self.assertFalse(list(schedule.gaps(kernel.schedule)))
                for month in range(1, 13):
                    for days in ("workday", "weekend"):
                        minutes = [None] * schedule.DAY_MINUTES
                        for start, end, period in price_list.day_periods(rows, month, days):
                            minutes[start:end] = [period] * (end - start)
                        expected = schedule.day_periods(kernel.schedule, month, days, days)
                        self.assertEqual(minutes, expected)

    def test_price_of_a_cell(self):
        component = {
            "price": "1",
            "factors": {"peak": "1.5"},
            "prices": [
                {"tier": 2, "price": "2"},
                {"period": "valley", "price": "0.3"},
                {"period": "valley", "tier": 2, "price": "0.4"},
            ],
        }
        for period, tier, price in (
            (None, 1, "1"),
            ("peak", 1, "1.5"),
            # a tier's price floats by the period's factor: 2 × 1.5
            ("peak", 2, "3.0"),
            ("valley", 1, "0.3"),
            ("valley", 2, "0.4"),
            ("flat", 2, "2"),
        ):
            found = price_list.component_price(component, period, tier)
            self.assertEqual(found, Decimal(price), (period, tier))

    def test_months(self):
        self.assertEqual(price_list.parse_months("1-3；12"), [1, 2, 3, 12])
        self.assertIsNone(price_list.parse_months("13"))
        self.assertIsNone(price_list.parse_months("5-3"))
        self.assertEqual(price_list.format_months([12, 1, 2, 3, 5]), "1-3, 5, 12")

    def test_workbook_there_and_back(self):
        for chinese in (False, True):
            for name, data in ready_lists().items():
                book = price_list_xlsx.read(price_list_xlsx.write(data, chinese))
                self.assertFalse(book.problems)
                self.assertEqual(
                    [price_list.canonical(v) for __, v in price_list.walk_versions(book.data)],
                    [price_list.canonical(v) for __, v in price_list.walk_versions(data)],
                    name,
                )

    def test_schema_says_what_the_checker_takes(self):
        with file_open("power_billing/static/schema/power-tariff-1.json") as stream:
            schema = json.load(stream)
        parts = {
            "period": price_list.PERIOD_KEYS,
            "holiday": price_list.HOLIDAY_KEYS,
            "tariff": price_list.TARIFF_KEYS,
            "version": price_list.VERSION_KEYS,
            "hours": price_list.SCHEDULE_KEYS,
            "tiers": price_list.TIERS_KEYS,
            "basic": price_list.BASIC_KEYS,
            "component": price_list.COMPONENT_KEYS,
            "price": price_list.PRICE_KEYS,
        }
        objects = {name: (schema["$defs"][name], keys) for name, keys in parts.items()}
        objects["list"] = (schema, price_list.LIST_KEYS)
        for name, (part, keys) in objects.items():
            self.assertEqual(set(part["properties"]), set(keys), name)
            required = {key for key, (__, needed) in keys.items() if needed}
            self.assertEqual(set(part.get("required", ())), required, name)


@tagged("post_install", "-at_install")
class TestReadyLists(TransactionCase):
    """The lists that come along, against what was published."""

    def _versions(self, name):
        return {
            tariff["code"]: version
            for tariff, version in price_list.walk_versions(ready_lists()[name])
        }

    def test_every_list_is_good_and_has_its_source(self):
        for name, data in ready_lists().items():
            self.assertFalse(price_list.check_list(data, PERIODS), name)
            self.assertTrue(data["source"], name)
            for __, version in price_list.walk_versions(data):
                self.assertTrue(version["source"], name)

    def test_hubei_prints_the_official_prices(self):
        """鄂 January 2026: energy and the three funds make the printed price, row by row."""
        table = """LV,0.735686,1.133999,0.930961,0.735686,0.516924
10KV,0.715686,1.113999,0.910961,0.715686,0.496924
35KV,0.695686,1.093999,0.890961,0.695686,0.476924"""
        two_part = """10KV,0.651886,1.049999,0.848961,0.651886,0.432924,42,26.3
35KV,0.632086,1.030199,0.827161,0.632086,0.413124,42,26.3
110KV,0.613986,1.012099,0.809061,0.613986,0.395024,39,24.4
220KV,0.594986,0.993099,0.790061,0.594986,0.376024,39,24.4"""
        versions = self._versions("hubei_2026_01")
        for part, text in (("1", table), ("2", two_part)):
            for voltage, single, *row in csv.reader(text.splitlines()):
                flat = versions[f"HB-{part}-{voltage}"]
                self.assertEqual(price_list.kwh_price(flat), Decimal(single))
                version = versions[f"HB-{part}-{voltage}-TOU"]
                for period, price in zip(("sharp", "peak", "flat", "valley"), row, strict=False):
                    self.assertEqual(price_list.kwh_price(version, period), Decimal(price))
                basic = {c["kind"]: c.get("price") for c in version["components"]}
                self.assertEqual(
                    [basic.get("demand"), basic.get("capacity")], row[4:] or [None, None]
                )
                # The fourth period begins on 1 August 2026.
                self.assertEqual(version["date_to"], "2026-07-31")

    def test_hubei_hours(self):
        """鄂发改价管〔2024〕77号: sharp 20-22 in July and August, else 18-20; valley 0-6, 12-14."""
        rows = self._versions("hubei_2026_01")["HB-1-LV-TOU"]["schedule"]
        july = price_list.day_periods(rows, 7, "workday")
        march = price_list.day_periods(rows, 3, "weekend")
        hour = 60
        self.assertIn((20 * hour, 22 * hour, "sharp"), july)
        self.assertIn((18 * hour, 20 * hour, "sharp"), march)
        for day in (july, march):
            self.assertIn((0, 6 * hour, "valley"), day)
            self.assertIn((12 * hour, 14 * hour, "valley"), day)
        self.assertEqual(price_list.seasons(rows), [[1, 2, 3, 4, 5, 6, 9, 10, 11, 12], [7, 8]])

    def test_zhejiang(self):
        versions = self._versions("zhejiang_residential")
        prices = {
            (None, 1): "0.538", (None, 2): "0.588", (None, 3): "0.838",
            ("peak", 1): "0.568", ("peak", 2): "0.618", ("peak", 3): "0.868",
            ("valley", 1): "0.288", ("valley", 2): "0.338", ("valley", 3): "0.588",
        }  # fmt: skip
        for (period, tier), price in prices.items():
            version = versions["ZJ-R-TOU" if period else "ZJ-R"]
            self.assertEqual(version["tiers"]["limits"], ["2760", "4800"])
            self.assertEqual(price_list.kwh_price(version, period, tier), Decimal(price))

    def test_a_foreign_tariff(self):
        """SCE TOU-8 D of June 2022: 14.88 + 26.20 a kW on summer peak, 4 to 9 pm on weekdays."""
        version = self._versions("sce_tou8_2022")["SCE-TOU-8-D"]
        demand = {c["period"]: c["price"] for c in version["components"] if c.get("period")}
        self.assertEqual(demand, {"summer_on": "41.08", "winter_mid": "10.39"})
        # 0.03791 delivery + 0.09055 generation
        self.assertEqual(price_list.kwh_price(version, "summer_on"), Decimal("0.12846"))
        weekday = price_list.day_periods(version["schedule"], 7, "workday")
        self.assertEqual(weekday[1], (16 * 60, 21 * 60, "summer_on"))
        weekend = price_list.day_periods(version["schedule"], 7, "weekend")
        self.assertEqual(weekend[1], (16 * 60, 21 * 60, "summer_mid"))

    def test_holidays_of_2026(self):
        """国办发明电〔2025〕7号: 3 + 9 + 3 + 5 + 3 + 3 + 7 days off."""
        days = [day["date"] for day in ready_lists()["china_holidays_2026"]["holidays"]]
        self.assertEqual(len(set(days)), 33)
        for day in ("2026-02-15", "2026-02-23", "2026-10-07", "2026-05-05"):
            self.assertIn(day, days)
        for day in ("2026-02-14", "2026-02-24", "2026-10-08", "2026-01-04"):
            self.assertNotIn(day, days)
        worked = [day["date"] for day in ready_lists()["china_holidays_2026"]["worked_days"]]
        self.assertEqual(
            worked,
            ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"],
        )


class PriceListCase(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")

    def _wizard(self, data=None, content=None, filename="list.json", **vals):
        if data is not None:
            content = json.dumps(data).encode()
        vals = {"origin": "file", **vals}
        if content is not None:
            vals.update(file=base64.b64encode(content), filename=filename)
        return self.env["power.tariff.import"].create({"company_id": self.company.id, **vals})

    def _import(self, data, **vals):
        wizard = self._wizard(data, **vals)
        wizard.action_preview()
        self.assertEqual(wizard.state, "preview", wizard.line_ids.mapped("message"))
        actions = wizard.line_ids.mapped("action")
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        return actions

    def _tariff(self, code="T-R"):
        return self.env["power.tariff"].search(
            [("company_id", "=", self.company.id), ("code", "=", code)]
        )

    def _count(self):
        return [
            self.env[model].search_count([("company_id", "=", self.company.id)])
            for model in (
                "power.tariff",
                "power.tariff.version",
                "power.tariff.component",
                "power.tariff.price",
                "power.tariff.schedule",
                "power.workday",
            )
        ]


@tagged("post_install", "-at_install", "power_slow")
class TestPriceListImport(PriceListCase):
    def test_import_and_again(self):
        self.assertEqual(self._import(LIST), ["create"])
        tariff = self._tariff()
        self.assertTrue(tariff.is_public)
        self.assertEqual(tariff.usage_category_ids, self.env.ref("power_crm.usage_residential"))
        version = tariff.version_ids
        self.assertEqual((version.tier_basis, version.tier_limits), ("year", "2760; 4800"))
        self.assertEqual(version.price_range, "0.538 – 0.838")
        before = self._count(), version.write_date
        self.assertEqual(self._import(LIST), ["unchanged"])
        self.assertEqual((self._count(), version.write_date), before)

    def test_preview_writes_nothing(self):
        before = self._count()
        wizard = self._wizard(LIST)
        wizard.action_preview()
        self.assertEqual(self._count(), before)
        self.assertEqual(wizard.summary, "1 new, 0 changed, 0 unchanged.")

    def test_a_new_version_closes_the_one_before(self):
        self._import(LIST)
        data = copy.deepcopy(LIST)
        data["tariffs"][0]["versions"][0]["date_from"] = "2026-08-01"
        self.assertEqual(self._import(data), ["new_version"])
        old, new = self._tariff().version_ids.sorted("date_from")
        self.assertEqual(str(old.date_to), "2026-07-31")
        self.assertEqual(str(new.date_from), "2026-08-01")
        self.assertEqual(self._import(data), ["unchanged"])

    def test_a_change_keeps_the_component(self):
        self._import(LIST)
        component = self._tariff().version_ids.component_ids
        data = copy.deepcopy(LIST)
        data["tariffs"][0]["versions"][0]["components"][0]["prices"][0]["price"] = "0.6"
        self.assertEqual(self._import(data), ["change"])
        self.assertEqual(self._tariff().version_ids.component_ids, component)
        self.assertEqual(sorted(component.price_ids.mapped("value")), [0.6, 0.838])

    def test_a_billed_version_is_not_touched(self):
        self.tariff.code = "FLAT"
        self._create_bill()
        data = self.env["power.tariff.list"]._export(self.tariff)
        self.assertEqual(self._import(data), ["unchanged"])
        data["tariffs"][0]["versions"][0]["components"][0]["price"] = "0.7"
        wizard = self._wizard(data)
        wizard.action_preview()
        self.assertEqual(wizard.state, "errors")
        self.assertIn("has been billed", wizard.line_ids.message)
        self.assertIn("later first day", wizard.line_ids.remedy)

    def test_a_new_version_never_cuts_into_billed_days(self):
        self.tariff.code = "FLAT"
        self._create_bill()
        data = self.env["power.tariff.list"]._export(self.tariff)
        data["tariffs"][0]["versions"][0]["date_from"] = "2026-01-31"
        wizard = self._wizard(data)
        wizard.action_preview()
        self.assertIn("billed until 2026-01-31", wizard.line_ids.message)
        data["tariffs"][0]["versions"][0]["date_from"] = "2026-02-01"
        self.assertEqual(self._import(data), ["new_version"])

    def test_another_currency_is_refused(self):
        wizard = self._wizard(origin="ready", ready="sce_tou8_2022")
        wizard.action_preview()
        self.assertEqual(wizard.state, "errors")
        self.assertIn("USD", wizard.line_ids.message)
        wizard.action_import()
        self.assertFalse(self._tariff("SCE-TOU-8-D"))

    def test_ready_lists(self):
        for name in ("hubei_2026_01", "zhejiang_residential", "china_holidays_2026"):
            actions = self._import(None, origin="ready", ready=name)
            self.assertEqual(set(actions), {"create"}, name)
            actions = self._import(None, origin="ready", ready=name)
            self.assertEqual(set(actions), {"unchanged"}, name)
        version = self._tariff("HB-2-10KV-TOU").version_ids
        self.assertEqual(version.price_range, "0.432924 – 1.049999")
        self.assertEqual(version.basic_heavy_kwh_per_kva, 260)
        self.assertEqual(len(version.schedule_ids), 14)
        self.assertEqual(
            version.component_ids.filtered("is_per_kwh").mapped("sequence"), [1, 2, 3, 4]
        )

    def test_ready_list_in_dollars(self):
        company = self.env["res.company"].create(
            {"name": "Edison", "currency_id": self.env.ref("base.USD").id}
        )
        for expected in ({"create"}, {"unchanged"}):
            wizard = self.env["power.tariff.import"].create(
                {"origin": "ready", "ready": "sce_tou8_2022", "company_id": company.id}
            )
            wizard.action_preview()
            self.assertEqual(set(wizard.line_ids.mapped("action")), expected)
            wizard.action_import()
        period = self.env["power.tariff.period"].search([("code", "=", "summer_on")])
        self.assertEqual(period.name, "Summer on-peak")

    def test_names_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self._import(None, origin="ready", ready="zhejiang_residential")
        tariff = self._tariff("ZJ-R").with_context(lang="zh_CN")
        self.assertEqual(tariff.name, "浙江居民 年阶梯")
        self.assertEqual(tariff.version_ids.component_ids.name, "电度电费")

    def test_export_is_what_was_imported(self):
        self._import(None, origin="ready", ready="hubei_2026_01")
        tariffs = self.env["power.tariff"].search(
            [("company_id", "=", self.company.id), ("code", "like", "HB-")]
        )
        data = self.env["power.tariff.list"]._export(tariffs)
        self.assertFalse(price_list.check_list(data, PERIODS))
        exported = {t["code"]: price_list.canonical(v) for t, v in price_list.walk_versions(data)}
        ready = ready_lists()["hubei_2026_01"]
        listed = {t["code"]: price_list.canonical(v) for t, v in price_list.walk_versions(ready)}
        self.assertEqual(exported, listed)
        self.assertEqual(set(self._import(data)), {"unchanged"})

    def test_names_where_english_is_not_in_use(self):
        with patch.object(
            type(self.env["res.lang"]), "get_installed", lambda langs: [("zh_CN", "中文")]
        ):
            data = self.env["power.tariff.list"]._localise(ready_lists()["zhejiang_residential"])
        tariff = data["tariffs"][0]
        self.assertEqual(tariff["name"], "浙江居民 年阶梯")
        self.assertEqual(tariff["versions"][0]["components"][0]["name"], "电度电费")

    # === Workbooks === #

    def _book(self, change=None):
        content = price_list_xlsx.write(LIST)
        book = openpyxl.load_workbook(io.BytesIO(content))
        if change:
            change(book)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def test_workbook(self):
        actions = self._import(None, content=self._book(), filename="list.xlsx")
        self.assertEqual(actions, ["create"])
        self.assertEqual(self._import(LIST), ["unchanged"])

    def test_wrong_workbook_names_sheet_row_and_field(self):
        def spoil(book):
            book["Versions"]["B2"] = "soon"
            book["Components"]["F2"] = "cheap"
            book["Prices"]["E3"] = 9
            book["Prices"].append(["T-X", None, "Energy", None, None, 1, None])
            book["Tariffs"]["E2"] = "Q"

        wizard = self._wizard(content=self._book(spoil), filename="list.xlsx")
        wizard.action_preview()
        self.assertEqual(wizard.state, "errors")
        self.assertFalse(self._tariff())
        found = {(line.sheet, line.row, line.field) for line in wizard.line_ids}
        self.assertIn(("Versions", 2, "In force from"), found)
        self.assertTrue(all(line.message and line.remedy for line in wizard.line_ids))

        def spoil_less(book):
            book["Components"]["F2"] = "cheap"
            book["Prices"]["F3"] = None
            book["Prices"].append(["T-X", book["Prices"]["B2"].value, "Energy", None, 2, 1])

        wizard = self._wizard(content=self._book(spoil_less), filename="list.xlsx")
        wizard.action_preview()
        self.assertEqual(
            {(line.sheet, line.row, line.field) for line in wizard.line_ids},
            {
                ("Components", 2, "Price"),
                ("Prices", 3, "Price"),
                ("Prices", 4, "In force from"),
            },
        )

        def tier(book):
            book["Prices"]["E3"] = 9

        wizard = self._wizard(content=self._book(tier), filename="list.xlsx")
        wizard.action_preview()
        line = wizard.line_ids
        self.assertEqual((line.sheet, line.row, line.field), ("Prices", 3, "Tier"))
        self.assertIn("no tier 9; the limits make 3", line.message)

    def test_missing_sheet_and_column(self):
        def spoil(book):
            del book["Versions"]
            book["Components"]["C1"] = "?"

        wizard = self._wizard(content=self._book(spoil), filename="list.xlsx")
        wizard.action_preview()
        self.assertEqual(
            wizard.line_ids.mapped("message"),
            ["The workbook has no sheet “Versions”.", "The sheet has no column “Kind”."],
        )
        self.assertEqual(wizard.line_ids[1].sheet, "Components")

    def test_no_price_list_at_all(self):
        for content, name in ((b"PK\x03\x04 no zip", "a.xlsx"), (b"\xff\xfe", "a.json")):
            wizard = self._wizard(content=content, filename=name)
            wizard.action_preview()
            self.assertEqual(wizard.state, "errors")
            self.assertTrue(wizard.line_ids.remedy)

    def test_json_error_names_the_path(self):
        data = copy.deepcopy(LIST)
        data["tariffs"][0]["versions"][0]["components"][0]["prices"][1]["price"] = "much"
        wizard = self._wizard(data)
        wizard.action_preview()
        self.assertEqual(
            wizard.line_ids.field, "tariffs[0].versions[0].components[0].prices[1].price"
        )

    def test_only_finance_imports(self):
        clerk = new_test_user(
            self.env,
            login="list_clerk",
            groups="power_crm.group_billing_clerk",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self.env["power.tariff.import"].with_user(clerk).create({"origin": "ready"})
        finance = new_test_user(
            self.env,
            login="list_finance",
            groups="power_crm.group_finance",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        wizard = self._wizard(origin="ready", ready="zhejiang_residential").with_user(finance)
        self.env["power.tariff.import"].with_user(finance).create(
            {"origin": "ready", "ready": "zhejiang_residential", "company_id": self.company.id}
        ).action_import()
        self.assertTrue(wizard and self._tariff("ZJ-R"))


@tagged("post_install", "-at_install")
class TestPriceListExport(PriceListCase, HttpCase):
    def test_export_files(self):
        self._import(LIST)
        agent = new_test_user(
            self.env,
            login="list_agent",
            groups="power_crm.group_agent",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        tariff = self._tariff()
        self.authenticate(agent.login, agent.login)
        url = tariff.action_export_json()["url"]
        data = price_list.loads(self.url_open(url).content)
        self.assertEqual(data["tariffs"][0]["code"], "T-R")
        content = self.url_open(tariff.action_export_xlsx()["url"]).content
        self.assertEqual(price_list_xlsx.read(content).data["tariffs"][0]["code"], "T-R")

    def test_export_is_for_those_who_read_tariffs(self):
        self._import(LIST)
        portal = new_test_user(self.env, login="list_portal", groups="base.group_portal")
        self.authenticate(portal.login, portal.login)
        url = self._tariff().action_export_json()["url"]
        self.assertEqual(self.url_open(url).status_code, 404)
