from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..tools import price_list, rating
from .common import PowerBillingCase

# 鄂发改价管〔2024〕77号, July and August.
SUMMER = (
    ("valley", 0, 6),
    ("flat", 6, 12),
    ("valley", 12, 14),
    ("flat", 14, 16),
    ("peak", 16, 20),
    ("sharp", 20, 22),
    ("peak", 22, 24),
)


@tagged("post_install", "-at_install")
class TestTariffVersion(PowerBillingCase):
    def _period(self, code):
        return self.env.ref(f"power_billing.period_{code}")

    def _hours(self, rows=SUMMER, months="1-12", days="any"):
        return [
            Command.create(
                {
                    "months": months,
                    "days": days,
                    "period_id": self._period(code).id,
                    "hour_from": start,
                    "hour_to": end,
                }
            )
            for code, start, end in rows
        ]

    def _prices(self, **prices):
        return [
            Command.create({"period_id": self._period(code).id, "value": value})
            for code, value in prices.items()
        ]

    def _create_version(self, components, **vals):
        tariff = self.env["power.tariff"].create(
            {"name": "Time of use", "company_id": self.company.id}
        )
        return self.env["power.tariff.version"].create(
            {
                "tariff_id": tariff.id,
                "date_from": "2026-01-01",
                "component_ids": [Command.create(component) for component in components],
                **vals,
            }
        )

    def _energy(self, **vals):
        return {"kind": "energy", "name": "Energy", "price": 0.538, **vals}

    # === Determinants === #

    def test_a_simple_version_stays_small(self):
        """What a flat tariff of today gives the kernel is not a key longer than before."""
        data = self.tariff.version_ids._get_determinants()
        self.assertEqual(set(data), {"key", "name", "source", "date_from", "date_to", "components"})
        for component in data["components"]:
            self.assertEqual(set(component), {"key", "kind", "name", "price", "unit"})

    def test_determinants_of_a_rich_version(self):
        version = self._create_version(
            [
                self._energy(
                    price_ids=[
                        Command.create(
                            {"period_id": self._period("peak").id, "tier": 2, "value": 0.618}
                        ),
                        Command.create({"period_id": self._period("valley").id, "value": 0.288}),
                        Command.create(
                            {
                                "period_id": self._period("sharp").id,
                                "value": 2,
                                "basis": "factor",
                            }
                        ),
                    ]
                ),
                {
                    "kind": "demand",
                    "name": "Demand",
                    "price": 42,
                    "period_id": self._period("peak").id,
                    "demand_limits": "100",
                    "pf_base": False,
                    "price_ids": [Command.create({"tier": 2, "value": 50})],
                },
                {"kind": "capacity", "name": "Capacity", "price": 26.3},
                {"kind": "allowance", "name": "Free", "quantity": 15},
            ],
            schedule_ids=self._hours(),
            tier_basis="year",
            tier_limits="2760 ;4800",
            tier_household_extra=100,
            basic_heavy_kwh_per_kva=260,
        )
        data = version._get_determinants()
        energy, demand, capacity, allowance = data["components"]
        self.assertEqual(energy["factors"], {"sharp": "2"})
        self.assertEqual(
            sorted(energy["prices"], key=str),
            sorted(
                [
                    {"period": "valley", "price": "0.288"},
                    {"period": "peak", "tier": 2, "price": "0.618"},
                ],
                key=str,
            ),
        )
        self.assertEqual(
            {key: demand[key] for key in ("unit", "period", "limits", "pf_base", "prices")},
            {
                "unit": "kW",
                "period": "peak",
                "limits": ["100"],
                "pf_base": False,
                "prices": [{"tier": 2, "price": "50"}],
            },
        )
        self.assertEqual((capacity["unit"], capacity["price"]), ("kVA", "26.300000"))
        self.assertNotIn("pf_base", capacity)
        self.assertEqual(allowance["quantity"], "15")
        self.assertEqual(
            data["tiers"],
            {
                "basis": "year",
                "limits": ["2760", "4800"],
                "mode": "prorata",
                "household_extra": "100",
            },
        )
        self.assertEqual(
            data["basic"],
            {
                "over_limit": "1.05",
                "over_reading": "R1",
                "floor_share": "0.4",
                "heavy_kwh_per_kva": "260",
                "heavy_factor": "0.9",
                "suspension_days": 15,
                "month_days": 30,
            },
        )
        self.assertEqual(len(data["schedule"]), 7)
        self.assertEqual(
            data["schedule"][-1],
            {
                "months": list(range(1, 13)),
                "days": "any",
                "period": "peak",
                "from": "22:00",
                "to": "24:00",
            },
        )
        self.assertNotIn("holidays", data)

    def test_holidays_only_where_hours_ask_for_them(self):
        self.env["power.workday"].create(
            [
                {"date": "2025-10-01", "name": "before", "company_id": self.company.id},
                {"date": "2026-10-01", "name": "National Day", "company_id": self.company.id},
            ]
        )
        version = self._create_version(
            [self._energy()],
            schedule_ids=[
                *self._hours((("flat", 0, 24),)),
                *self._hours((("deep_valley", 10, 16),), days="holiday"),
            ],
        )
        self.assertEqual(version._get_determinants()["holidays"], ["2026-10-01"])

    def test_products_of_all_kinds_are_set_up(self):
        for kind in price_list.UNITS:
            product = self.env.ref(f"power_billing.product_{kind}").with_company(self.company)
            self.assertIn(self.company.power_tax_id, product.taxes_id, kind)
            expected = (
                self.company.power_fund_account_id
                if kind == "fund"
                else self.company.power_income_account_id
            )
            self.assertEqual(product.property_account_income_id, expected, kind)

    # === Refusals === #

    def test_hours_with_a_gap(self):
        rows = [row for row in SUMMER if row[0] != "sharp"]
        with self.assertRaisesRegex(ValidationError, "20:00 to 22:00"):
            self._create_version([self._energy()], schedule_ids=self._hours(rows))
        with self.assertRaisesRegex(ValidationError, "00:00 to 24:00 .month 7"):
            self._create_version([self._energy()], schedule_ids=self._hours(months="1-6"))

    def test_hours_that_overlap(self):
        rows = [*SUMMER, ("deep_valley", 5, 7)]
        with self.assertRaisesRegex(ValidationError, "05:00 to 06:00"):
            self._create_version([self._energy()], schedule_ids=self._hours(rows))

    def test_special_days_may_lie_over_every_day(self):
        version = self._create_version(
            [self._energy()],
            schedule_ids=[
                *self._hours(),
                *self._hours((("valley", 0, 24),), days="weekend"),
            ],
        )
        data = version._get_determinants()
        self.assertEqual(
            price_list.day_periods(data["schedule"], 7, "weekend"), [(0, 1440, "valley")]
        )
        self.assertEqual(len(price_list.day_periods(data["schedule"], 7, "workday")), 7)

    def test_deleting_hours_leaves_no_gap(self):
        version = self._create_version([self._energy()], schedule_ids=self._hours())
        with self.assertRaisesRegex(ValidationError, "No period holds"):
            version.schedule_ids[3].unlink()
        version.schedule_ids = [Command.clear()]
        self.assertFalse(version.schedule_ids)

    def test_limits_rise(self):
        with self.assertRaisesRegex(ValidationError, "do not rise"):
            self._create_version([self._energy()], tier_basis="year", tier_limits="4800; 2760")
        with self.assertRaisesRegex(ValidationError, "no limits of tiers"):
            self._create_version([self._energy()], tier_basis="year", tier_limits="many")
        with self.assertRaisesRegex(ValidationError, "missing"):
            self._create_version([self._energy()], tier_basis="year")

    def test_prices_name_what_is_there(self):
        with self.assertRaisesRegex(ValidationError, "Deep valley.* has no hours"):
            self._create_version(
                [self._energy(price_ids=self._prices(deep_valley=0.1))],
                schedule_ids=self._hours(),
            )
        with self.assertRaisesRegex(ValidationError, "no tier 3; the limits make 2"):
            self._create_version(
                [self._energy(price_ids=[Command.create({"tier": 3, "value": 1})])],
                tier_basis="month",
                tier_limits="180",
            )

    def test_what_is_only_for_one_kind(self):
        with self.assertRaisesRegex(ValidationError, "not for charges of the kind"):
            self._create_version(
                [
                    {
                        "kind": "fund",
                        "name": "Fund",
                        "price": 0.02,
                        "price_ids": [
                            Command.create(
                                {
                                    "period_id": self._period("peak").id,
                                    "basis": "factor",
                                    "value": 1.5,
                                }
                            )
                        ],
                    }
                ]
            )

    def test_months_are_kept_in_one_writing(self):
        version = self._create_version(
            [self._energy()],
            schedule_ids=[
                *self._hours(months="7,8"),
                *self._hours((("flat", 0, 24),), months="9-12,1-6"),
            ],
        )
        self.assertEqual(set(version.schedule_ids.mapped("months")), {"7-8", "1-6, 9-12"})
        with self.assertRaisesRegex(ValidationError, "names no months"):
            version.schedule_ids[0].months = "July"

    def test_an_older_version_can_always_be_closed(self):
        """What a former release let through does not keep the next prices out."""
        version = self._create_version([self._energy()], tier_basis="year", tier_limits="2760")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE power_tariff_version SET tier_limits = '5; 4' WHERE id = %s", [version.id]
        )
        version.invalidate_recordset()
        version.date_to = "2026-06-30"
        with self.assertRaisesRegex(ValidationError, "do not rise"):
            version.tier_household_extra = 1

    # === Freezing === #

    def test_rows_of_a_billed_version_are_frozen(self):
        version = self.tariff.version_ids
        energy = version.component_ids[0]
        energy.price_ids = [Command.create({"tier": 1, "value": 0.690486})]
        version.schedule_ids = self._hours((("flat", 0, 24),))
        self._create_bill()
        version.invalidate_recordset()
        for change in (
            lambda: energy.price_ids.write({"value": 1}),
            lambda: energy.price_ids.unlink(),
            lambda: version.schedule_ids.write({"hour_to": 23}),
            lambda: version.schedule_ids.unlink(),
            lambda: version.write({"tier_basis": "year", "tier_limits": "1"}),
            lambda: version.write({"basic_over_reading": "R3"}),
            lambda: energy.write({"pf_base": False}),
            lambda: self.env["power.tariff.price"].create(
                {"component_id": energy.id, "tier": 2, "value": 1}
            ),
        ):
            with self.assertRaisesRegex(UserError, "has been billed"):
                change()

    # === Lines === #

    def test_line_says_period_and_tier(self):
        bill = self._create_bill()
        line = bill.line_ids[0]
        self.assertEqual(line._get_label(), "Energy")
        line.write({"period": "peak", "tier": 2})
        self.assertEqual(line._get_label(), "Energy · Peak · tier 2")
        self.env["res.lang"]._activate_lang("zh_CN")
        self._period("peak").with_context(lang="zh_CN").name = "峰"
        self.assertIn(" · 峰 · ", line._get_label("zh_CN"))

    def test_amounts_of_a_bill_add_up(self):
        """Every kind of charge is part of one of the bill's amounts."""
        bill = self._create_bill()
        charges = [
            rating.Charge(
                None, None, kind, kind, "x", bill.period_from, bill.period_to,
                price_list.Decimal(1), price_list.Decimal(1), price_list.Decimal(number), "",
            )
            for number, kind in enumerate(price_list.UNITS, 1)
        ]  # fmt: skip
        result = rating.Rating(price_list.Decimal(0), charges)
        vals = bill._prepare_rated_vals(bill.determinants, result, bill.reading_ids)
        parts = ("energy", "fund", "fixed", "basic", "power_factor")
        self.assertEqual(sum(vals[f"amount_{part}"] for part in parts), vals["amount_total"])
        # capacity 4 + demand 5; power factor 6
        self.assertEqual((vals["amount_basic"], vals["amount_power_factor"]), (9, 6))
