import json
from datetime import date
from decimal import Decimal

from odoo.tests import TransactionCase, tagged

from ..bulk.frame import Frame
from ..bulk.loader import Loader
from ..bulk.prototypes import CONTEXT, make_customer
from ..tools import months
from ..tools.utility import Utility

SEED = 4711
LENGTH = 4
# Drawn anew for every row, or pointing to such a row.
OWN = {
    "res_partner": {"id", "commercial_partner_id", "power_main_point_id", "power_customer_number"},
    "power_supply_point": {"id", "partner_id", "payer_id", "number"},
    "power_supply_source": {"id", "supply_point_id"},
    "power_meter": {"id", "supply_point_id"},
    "power_meter_register": {"id", "meter_id"},
    "power_meter_reading": {"id", "meter_id", "register_id", "supply_point_id"},
}
STAMPS = {"create_date", "write_date"}


@tagged("post_install", "-at_install")
class TestBulk(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env.ref("power_demo.company")
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": company.ids, **CONTEXT}
        )
        cls.utility = Utility(SEED, 40, LENGTH, months.last_full(date.today()))

    def _rows(self, table, column, ids):
        self.env.cr.execute(
            f'SELECT row_to_json(t)::text FROM "{table}" t WHERE "{column}" IN %s ORDER BY id',
            [tuple(ids)],
        )
        return [json.loads(text, parse_float=Decimal) for (text,) in self.env.cr.fetchall()]

    def _snapshot(self, meters):
        """Rows of customers by table, in the order of the meters' numbers."""
        self.env.flush_all()
        points = meters.supply_point_id
        result = {
            "res_partner": self._rows("res_partner", "id", points.partner_id.ids),
            "power_supply_point": self._rows("power_supply_point", "id", points.ids),
            "power_supply_source": self._rows("power_supply_source", "supply_point_id", points.ids),
            "power_meter": self._rows("power_meter", "id", meters.ids),
            "power_meter_register": self._rows("power_meter_register", "meter_id", meters.ids),
            "power_meter_reading": sorted(
                self._rows("power_meter_reading", "meter_id", meters.ids),
                key=lambda row: (row["meter_id"], row["date"]),
            ),
        }
        usages = [(p.partner_id.id, p.partner_id.power_usage_category_ids.ids) for p in points]
        return result, [ids for _partner, ids in sorted(usages)]

    def _find(self):
        return self.env["power.meter"].search([("number", "=like", f"QJ{SEED}%")], order="number")

    def _make_with_orm(self):
        frame = Frame(self.env)
        first = self.utility.end - LENGTH + 1
        for customer in self.utility:
            make_customer(self.env, frame, customer, first, LENGTH)

    def test_rows_equal_those_of_the_orm(self):
        with self.env.cr.savepoint() as savepoint:
            self._make_with_orm()
            expected, expected_usages = self._snapshot(self._find())
            self.env.invalidate_all(flush=False)
            savepoint.rollback()
        self.assertEqual(Loader(self.env, self.utility).load(), 40)
        found, usages = self._snapshot(self._find())
        for table, rows in expected.items():
            with self.subTest(table):
                self.assertEqual(len(found[table]), len(rows))
                for row, other in zip(rows, found[table], strict=True):
                    for column in row.keys() - OWN[table] - STAMPS:
                        self.assertEqual(other[column], row[column], column)
        self.assertEqual(usages, expected_usages)

    def test_links_and_numbers(self):
        Loader(self.env, self.utility).load()
        points = self._find().supply_point_id
        self.assertEqual(len(points), 40)
        for point in points:
            self.assertEqual(point.payer_id, point.partner_id)
            self.assertEqual(point.partner_id.power_main_point_id, point)
            self.assertEqual(point.partner_id.commercial_partner_id, point.partner_id)
            self.assertEqual(len(point.meter_ids.reading_ids), LENGTH + 1)
        # What the ORM makes next gets the next numbers.
        last = self.env["res.partner"].create({"name": "Next", "power_is_customer": True})
        self.assertGreater(
            last.power_customer_number, max(points.partner_id.mapped("power_customer_number"))
        )

    def test_stored_computes_stay_when_computed_again(self):
        Loader(self.env, self.utility).load()
        partners = self._find().supply_point_id.partner_id
        stored = partners.read(["power_capacity_kva", "power_voltage_class", "complete_name"])
        for name in ("power_capacity_kva", "power_voltage_class", "complete_name"):
            self.env.add_to_compute(partners._fields[name], partners)
        partners.flush_recordset()
        self.assertEqual(
            partners.read(["power_capacity_kva", "power_voltage_class", "complete_name"]), stored
        )

    def test_goes_on_where_it_stood(self):
        half = Utility(SEED, 10, LENGTH, self.utility.end)
        self.assertEqual(Loader(self.env, half).load(), 10)
        loader = Loader(self.env, self.utility)
        self.assertEqual(loader.count_loaded(), 10)
        self.assertEqual(loader.load(), 30)
        self.assertEqual(loader.load(), 0)

    def test_no_reading_jumps(self):
        """The ORM would hold a reading of three times the usual use; none of ours is."""
        for customer in Utility(SEED, 3000, 24, self.utility.end):
            for place in range(2, 24):
                before = customer.kwh[max(0, place - 12) : place]
                usual = sum(before) / len(before)
                kwh = customer.kwh[place]
                self.assertFalse(kwh > 100 and kwh > 2.7 * float(usual), customer)

    def test_billing_rates_loaded_readings(self):
        small = Utility(SEED, 5, 2, self.utility.end)
        loader = Loader(self.env, small)
        loader.load()
        self.assertEqual([count for _month, count in loader.bill(1.0)], [5, 5])
