from collections import Counter
from datetime import date
from itertools import islice, pairwise

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.power_crm.tests.properties import steady

from ..tools import months
from ..tools.important import IMPORTANT, history, supply_point
from ..tools.profiles import PAYERS
from ..tools.utility import Utility

END = months.number(date(2026, 10, 15))
seeds = st.integers(0, 10**9)
indexes = st.integers(0, 10**6)
quick = settings(steady, max_examples=40, database=None)


@tagged("post_install", "-at_install")
class TestKernelUtility(BaseCase):
    @quick
    @given(seeds, indexes)
    def test_same_seed_same_customer(self, seed, index):
        small, large = Utility(seed, 3, 12, END), Utility(seed, 10**6, 12, END)
        self.assertEqual(small.customer(index), large.customer(index))

    @quick
    @given(seeds, indexes, st.integers(1, 36))
    def test_short_history_ends_the_long_one(self, seed, index, length):
        long, short = (Utility(seed, 1, count, END).customer(index) for count in (36, length))
        self.assertEqual(long.kwh[-length:], short.kwh)
        self.assertEqual(long.pays[-length:], short.pays)

    @quick
    @given(seeds, indexes)
    def test_readings_rise_and_give_the_energy(self, seed, index):
        customer = Utility(seed, 1, 36, END).customer(index)
        values = list(customer.readings())
        point = customer.point
        self.assertEqual(len(values), 37)
        steps = [after - before for before, after in pairwise(values)]
        self.assertTrue(all(step >= 0 for step in steps))
        self.assertEqual(tuple(step * point.multiplier for step in steps), customer.kwh)
        self.assertLess(values[-1], 10**point.digits)

    @quick
    @given(indexes)
    def test_phone_is_valid_in_china(self, index):
        customer = Utility(1, 1, 1, END).customer(index)
        self.assertTrue(phonenumbers.is_valid_number(phonenumbers.parse(customer.phone, "CN")))

    @quick
    @given(seeds, indexes, st.sampled_from(sorted(PAYERS)))
    def test_payers_pay_as_they_are_called(self, seed, index, payer):
        pays = Utility(seed, 1, 24, END).payments(index, PAYERS[payer])
        late = sum(1 for days in pays if days is not None and days > 0)
        unpaid = pays.count(None)
        if payer == "prompt":
            self.assertEqual((late, unpaid), (0, 0))
        elif payer == "worsening":
            self.assertTrue(all(days and days > 0 for days in pays[-7:]))
        elif payer == "stopped":
            self.assertTrue(3 <= unpaid <= 5)
            self.assertEqual(set(pays[-unpaid:]), {None})
        elif payer == "never":
            self.assertEqual(unpaid, 24)
        else:
            self.assertEqual(unpaid, 0)

    def test_phones_and_meters_are_unique(self):
        utility = Utility(7, 20_000, 1, END)
        phones, meters = set(), set()
        for customer in utility:
            phones.add(customer.phone)
            meters.add(customer.point.meter_number)
        self.assertEqual((len(phones), len(meters)), (20_000, 20_000))

    def test_streams_without_limit(self):
        first = list(islice(Utility(1, 10**12, 2, END), 3))
        self.assertEqual([customer.index for customer in first], [0, 1, 2])

    def test_published_counts(self):
        self.assertEqual(len(IMPORTANT), 21)
        self.assertEqual(
            Counter(customer.usage for customer in IMPORTANT),
            {"lighting": 9, "non_industrial": 7, "commercial": 3, "large_industry": 2},
        )
        # health 6, banks 3, transport (3 railway, road, air) 5, department stores 2 …
        self.assertEqual(
            Counter(customer.industry for customer in IMPORTANT),
            {"Q": 6, "J": 3, "G": 5, "F": 2, "I": 1, "S": 1, "D": 1, "C": 1, "K": 1},
        )
        neither = [row.key for row in IMPORTANT if not row.dual and not row.generator_kw]
        self.assertEqual(neither, ["bus"])
        self.assertEqual([row.key for row in IMPORTANT if not row.dual], ["bus"])

    def test_largest_of_each_usage(self):
        utility = Utility(20, 0, 24, END)
        largest = {}
        for index, customer in enumerate(IMPORTANT):
            point = supply_point(20, index, customer)
            energy = sum(history(utility, index, customer, point.multiplier)[-12:])
            self.assertLess(abs(energy / (customer.year_mwh * 1000) - 1), 0.03)
            largest[customer.usage] = max(
                largest.get(customer.usage, (0, "")), (energy, customer.key)
            )
        self.assertEqual(
            {usage: key for usage, (_energy, key) in largest.items()},
            {
                "lighting": "hospital",
                "non_industrial": "telecom",
                "commercial": "store_grand",
                "large_industry": "water",
            },
        )

    def test_two_circuits_come_from_two_bus_sections(self):
        for index, customer in enumerate(IMPORTANT):
            sources = supply_point(20, index, customer).sources
            self.assertEqual(len(sources), 2 if customer.dual else 1)
            self.assertEqual(len({source.bus_section for source in sources}), len(sources))
