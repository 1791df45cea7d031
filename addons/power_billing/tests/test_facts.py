import json
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tests.common import BaseCase

from ..tools.change_steps import first_change
from .common import PowerBillingCase


class TestKernelChangeSteps(BaseCase):
    def test_first_change(self):
        # Asked for on 9 September: the 15th working day is 30 September, in time for 1 October.
        self.assertEqual(first_change(date(2026, 9, 9), "quarter", 15), date(2026, 10, 1))
        self.assertEqual(first_change(date(2026, 9, 10), "quarter", 15), date(2027, 1, 1))
        # Contract demand: 5 working days before the next month.
        self.assertEqual(first_change(date(2026, 9, 23), "month", 5), date(2026, 10, 1))
        self.assertEqual(first_change(date(2026, 9, 24), "month", 5), date(2026, 11, 1))


@tagged("post_install", "-at_install")
class TestFacts(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.point = cls._create_point(
            voltage_class="10kv", capacity_kva=630, demand_kw=400, meter_vals={"initial_value": 100}
        )
        cls.meter = cls.point.meter_ids

    def _get_determinants(self, point=None, needs=(), period="2026-01-01"):
        """The determinants of a bill of January, with what a tariff of these needs would get."""
        point = point or self.point
        bill = self.env["power.bill"].create(
            {
                "supply_point_id": point.id,
                "company_id": self.company.id,
                "period_from": period,
                "period_to": fields_end(period),
            }
        )
        self.patch(type(bill), "_get_needs", lambda bill, versions: set(needs))
        inputs = bill._get_rating_inputs()
        return bill._get_determinants(inputs)[0]

    def test_plain_bill_has_plain_determinants(self):
        self._read(self.point, "2026-01-31", 110)
        data = self._get_determinants()
        self.assertEqual(
            set(data),
            {"supply_point", "period_from", "period_to", "service_from", "registers", "versions"},
        )
        self.assertEqual(
            data["registers"],
            [
                {
                    "key": self.meter.number,
                    "multiplier": "1.0000",
                    "digits": 6,
                    "readings": [
                        {
                            "date": "2025-12-31",
                            "value": "100.00",
                            "kind": "initial",
                            "rollover": False,
                        },
                        {
                            "date": "2026-01-31",
                            "value": "110.00",
                            "kind": "actual",
                            "rollover": False,
                        },
                    ],
                }
            ],
        )

    def test_registers_only_where_needed(self):
        self.env["power.meter.register.add"].create(
            {"meter_id": self.meter.id, "reactive": True, "demand": True}
        ).action_add()
        for register in self.meter.register_ids:
            value = 110 if register.is_main else 2.5  # 4 periods × 2.5 = 110 - 100
            self._read(self.point, "2026-01-31", value, register_id=register.id)
        data = self._get_determinants(needs={"periods", "reactive"})
        self.assertEqual(
            [r.get("register") for r in data["registers"]],
            [None, "active/sharp", "active/peak", "active/flat", "active/valley", "reactive"],
        )
        self.assertEqual(data["registers"][1]["quantity"], "active")
        self.assertEqual(data["registers"][1]["period"], "sharp")

    def test_what_tariffs_need(self):
        bill = self.env["power.bill"]
        energy = {"kind": "energy"}
        for version, needs in (
            ({"components": [energy, {"kind": "fund"}, {"kind": "fixed"}]}, set()),
            ({"components": [energy], "schedule": [{"period": "peak"}]}, {"periods"}),
            ({"components": [energy, {"kind": "demand"}]}, {"demand", "facts"}),
            ({"components": [energy, {"kind": "power_factor"}]}, {"reactive", "facts"}),
            ({"components": [energy], "tiers": {"basis": "year"}}, {"history", "facts"}),
            ({"components": [energy, {"kind": "export"}]}, {"active_export"}),
        ):
            self.assertEqual(bill._get_needs([version]), needs)

    def test_missing_needed_register_fails_with_its_name(self):
        self.env["power.meter.register.add"].create(
            {"meter_id": self.meter.id, "reactive": True}
        ).action_add()
        self._read(self.point, "2026-01-31", 110)
        run = self._create_run(supply_point_ids=[Command.set(self.point.ids)])
        self.patch(type(run.bill_ids), "_get_needs", lambda bill, versions: {"reactive"})
        run._process_all()
        self.assertEqual(run.bill_ids.state, "failed")
        self.assertIn("Reactive energy", run.bill_ids.failure_reason)

    def test_facts_of_a_point_without_record(self):
        self._read(self.point, "2026-01-31", 110)
        (fact,) = self._get_determinants(needs={"facts"})["facts"]
        self.assertEqual(
            fact,
            {
                "date_from": "2026-01-01",
                "date_to": None,
                "capacity_kva": "630.00",
                "contract_demand_kw": "400.00",
                "demand_choice": "contract",
                "pf_standard": "0.90",  # 水电财字第215号: high voltage above 160 kVA
                "supplied_from": "2025-01-01",
            },
        )

    def test_the_year_begins_with_the_customer(self):
        """January was the customer's before: limits and kWh of the year begin in February."""
        self._create_bill(self.point, kwh=100)
        self.point.partner_id = self._create_customer("Next")
        self._read(self.point, "2026-02-28", 300)
        data = self._get_determinants(needs={"facts", "history"}, period="2026-02-01")
        self.assertEqual(data["facts"][0]["supplied_from"], "2026-02-01")
        self.assertEqual(data["history"], {"year_kwh": "0.00"})

    def test_facts_by_date(self):
        facts = self.env["power.supply.fact"]
        first = facts.create(
            {"supply_point_id": self.point.id, "date_from": "2025-10-01", "demand_choice": "actual"}
        )
        second = facts.with_context(default_supply_point_id=self.point.id).create(
            {"date_from": "2026-01-16", "contract_demand_kw": 300, "demand_choice": "contract"}
        )
        self.assertEqual(first.date_to, date(2026, 1, 15))
        self.assertEqual((second.capacity_kva, second.pf_standard), (630, "0.90"))
        self._read(self.point, "2026-01-31", 110)
        data = self._get_determinants(needs={"facts"})
        self.assertEqual(
            [(f["date_from"], f["date_to"], f["demand_choice"]) for f in data["facts"]],
            [("2025-10-01", "2026-01-15", "actual"), ("2026-01-16", None, "contract")],
        )
        second.unlink()
        self.assertFalse(first.date_to)

    def test_facts_begin_within_the_bill(self):
        self.env["power.supply.fact"].create(
            {"supply_point_id": self.point.id, "date_from": "2026-01-16", "demand_choice": "actual"}
        )
        self._read(self.point, "2026-01-31", 110)
        before, after = self._get_determinants(needs={"facts"})["facts"]
        self.assertEqual((before["date_from"], before["date_to"]), ("2026-01-01", "2026-01-15"))
        self.assertEqual(after["date_from"], "2026-01-16")

    def test_suspension_and_losses(self):
        self.env["power.supply.fact"].create(
            {
                "supply_point_id": self.point.id,
                "date_from": "2025-01-01",
                "loss_method": "percent",
                "loss_no_load_kw": 0.5,
                "loss_copper_pct": 2,
            }
        )
        self.point.suspension_ids = [
            Command.create({"date_from": "2026-01-10", "date_to": "2026-01-30", "kva": 315}),
            Command.create({"date_from": "2025-03-01", "date_to": "2025-03-30", "kva": 100}),
        ]
        self._read(self.point, "2026-01-31", 110)
        (fact,) = self._get_determinants()["facts"]
        self.assertEqual(
            fact["loss"],
            {
                "method": "percent",
                "period": "flat",
                "no_load_kw": "0.5000",
                "copper_pct": "2.0000",
                "shape": "1.0000",
                "hours": "720.0000",
            },
        )
        self.assertIn(
            {"date_from": "2026-01-10", "date_to": "2026-01-30", "kva": "315.00"},
            fact["suspensions"],
        )

    def test_share_that_changes_inside_the_period(self):
        """12.5 % until 15 January, 20 % from then on: both with their days."""
        other = self._create_tariff("Light")
        self.point.share_ids = [
            Command.create(
                {"name": name, "kind": "percent", "value": value, "tariff_id": other.id, **dates}
            )
            for name, value, dates in (
                ("old", 12.5, {"date_to": "2026-01-15"}),
                ("new", 20, {"date_from": "2026-01-16"}),
                ("gone", 30, {"date_to": "2025-12-31"}),
                ("next", 40, {"date_from": "2026-02-01"}),
            )
        ]
        self._read(self.point, "2026-01-31", 110)
        shares = self._get_determinants()["shares"]
        self.assertEqual(
            [(one["name"], one.get("date_from"), one.get("date_to")) for one in shares],
            [("old", None, "2026-01-15"), ("new", "2026-01-16", None)],
        )

    def test_shares(self):
        other = self._create_tariff("Residential")
        self.point.share_ids = [
            Command.create(
                {"name": "Dormitory", "kind": "percent", "value": 12.5, "tariff_id": other.id}
            ),
            Command.create(
                {
                    "name": "Old canteen",
                    "kind": "fixed",
                    "value": 200,
                    "tariff_id": other.id,
                    "date_to": "2025-12-31",
                }
            ),
        ]
        self._read(self.point, "2026-01-31", 110)
        (share,) = self._get_determinants()["shares"]
        self.assertEqual(
            (share["name"], share["kind"], share["value"]), ("Dormitory", "percent", "12.5000")
        )
        self.assertEqual(share["versions"][0]["key"], other.version_ids.id)

    def test_history_of_the_year(self):
        determinants = {
            "period_from": "2025-12-01",
            "period_to": "2026-01-31",
            "registers": [
                {
                    "key": "M",
                    "readings": [
                        {"date": "2025-11-30", "value": "0"},
                        {"date": "2026-01-31", "value": "620"},
                    ],
                }
            ],
            "versions": [{"key": 1, "date_from": "2025-01-01", "components": []}],
        }
        for first, last, kwh in (
            ("2025-11-01", "2025-11-30", 100),
            ("2025-12-01", "2026-01-31", 620),
            ("2026-02-01", "2026-02-28", 400),
        ):
            self.env.cr.execute(
                "INSERT INTO power_bill (name, company_id, supply_point_id, customer_id, state,"
                " period_from, period_to, kwh, determinants)"
                " VALUES ('x', %s, %s, %s, 'posted', %s, %s, %s, %s)",
                [
                    self.company.id,
                    self.point.id,
                    self.point.partner_id.id,
                    first,
                    last,
                    kwh,
                    json.dumps(determinants),
                ],
            )
        bill = self.env["power.bill"].create(
            {
                "supply_point_id": self.point.id,
                "company_id": self.company.id,
                "period_from": "2026-03-01",
                "period_to": "2026-03-31",
            }
        )
        # Of 2026 only, January and February: 31 of 62 days of 620, and 400.
        self.assertEqual(bill._get_year_kwh(), {bill.id: 710})

    def test_warning_names_the_rule(self):
        facts = self.env["power.supply.fact"]
        vals = {"supply_point_id": self.point.id, "contract_demand_kw": 400}
        facts.create({**vals, "date_from": "2026-01-01", "demand_choice": "capacity"})
        late = facts.create(
            {
                **vals,
                "date_from": "2026-10-01",
                "date_requested": "2026-09-10",
                "demand_choice": "contract",
            }
        )
        self.assertIn("1583", late.warning)
        self.assertIn("2027-01-01", late.warning)
        late.date_requested = "2026-09-09"
        self.assertFalse(late.warning)
        demand = facts.create(
            {
                **vals,
                "contract_demand_kw": 450,
                "date_from": "2026-11-01",
                "date_requested": "2026-10-28",
                "demand_choice": "contract",
            }
        )
        self.assertIn("5 working days", demand.warning)
        self.assertIn("2026-12-01", demand.warning)

    # === Tariff by date === #

    def test_tariff_changes_within_the_month(self):
        dear = self._create_tariff("Dear", prices=(("energy", "Energy", 1.0),))
        self.env["power.supply.tariff"].create(
            {"supply_point_id": self.point.id, "tariff_id": dear.id, "date_from": "2026-01-11"}
        )
        self.assertEqual(
            [
                (row.tariff_id, row.date_to)
                for row in self.point.tariff_history_ids.sorted("date_from")
            ],
            [(self.tariff, date(2026, 1, 10)), (dear, False)],
        )
        self.assertEqual(self.point.tariff_id, dear)
        bill = self._create_bill(self.point, kwh=310)
        # 310 kWh over 31 days: 100 until the 10th at 0.690486 + 0.0452, 210 after at 1.
        self.assertEqual(
            [(line.quantity, line.amount) for line in bill.line_ids],
            [(100, 69.05), (100, 4.52), (210, 210.0)],
        )

    def test_tariff_written_on_a_billed_point_leaves_the_past(self):
        self._create_bill(self.point, kwh=100)
        dear = self._create_tariff("Dear", prices=(("energy", "Energy", 1.0),))
        self.point.tariff_id = dear
        self.assertEqual(self.point.tariff_id, dear)
        self.assertEqual(
            [
                (row.tariff_id, row.date_from)
                for row in self.point.tariff_history_ids.sorted("date_from")
            ],
            [(self.tariff, date(2025, 1, 1)), (dear, date(2026, 2, 1))],
        )
        self.point.bill_ids._cancel("misread")
        again = self._create_run(supply_point_ids=[Command.set(self.point.ids)])
        again._process_all()
        self.assertEqual(again.bill_ids.line_ids.version_id.tariff_id, self.tariff)

    def test_tariff_of_billed_days_is_closed(self):
        self._create_bill(self.point, kwh=100)
        with self.assertRaisesRegex(UserError, "billed until"):
            self.env["power.supply.tariff"].create(
                {
                    "supply_point_id": self.point.id,
                    "tariff_id": self.tariff.id,
                    "date_from": "2026-01-15",
                }
            )

    def test_access(self):
        agent = new_test_user(
            self.env,
            "facts_agent",
            groups="power_crm.group_agent",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        fact = self.env["power.supply.fact"].create(
            {"supply_point_id": self.point.id, "date_from": "2026-01-01"}
        )
        self.env.invalidate_all()
        own = fact.with_user(agent)
        self.assertEqual(own.date_from, date(2026, 1, 1))
        with self.assertRaises(AccessError):
            own.write({"note": "x"})


def fields_end(period):
    """Last day of the month that begins on ``period``."""
    day = date.fromisoformat(period)
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1).isoformat()
