import doctest
from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.power_crm.tests.properties import steady

from ..tools import pace, reference, register

D = Decimal


@tagged("at_install")
class TestRegister(BaseCase):
    def test_doctests(self):
        for module in (register, reference, pace):
            result = doctest.testmod(module)
            self.assertTrue(result.attempted)
            self.assertFalse(result.failed)

    def test_small_registers_exhaustively(self):
        """A two-digit register: every pair of values agrees with counting on a circle."""
        for previous, current in product(range(100), range(100)):
            if current >= previous:
                self.assertEqual(register.advance(D(previous), D(current), 2), current - previous)
            else:
                with self.assertRaises(ValueError):
                    register.advance(D(previous), D(current), 2)
                self.assertEqual(
                    register.advance(D(previous), D(current), 2, rollover=True),
                    (current - previous) % 100,
                )

    def test_multiplier(self):
        # CT 200/5 = 40, PT 10/0.1 = 100: 4000 kWh for each unit of the register
        self.assertEqual(register.consumption(D("12.34"), D("13.00"), D(4000), 4), D("2640"))

    def test_looks_like_rollover(self):
        self.assertTrue(register.looks_like_rollover(D(9990), D(12), 4))
        self.assertFalse(register.looks_like_rollover(D(5000), D(12), 4))
        self.assertFalse(register.looks_like_rollover(D(9990), D(5000), 4))

    def test_fits(self):
        self.assertTrue(register.fits(D("9999.99"), 4))
        self.assertFalse(register.fits(D(10000), 4))
        self.assertFalse(register.fits(D(-1), 4))


@tagged("at_install")
class TestReference(BaseCase):
    @settings(steady, max_examples=200)
    @given(st.integers(1, 10**10 - 1), st.integers(0, 11), st.integers(1, 9))
    def test_one_wrong_digit_is_found(self, number, position, shift):
        good = reference.make_reference(number)
        self.assertTrue(reference.is_reference(good))
        digit = str((int(good[position]) + shift) % 10)
        self.assertFalse(reference.is_reference(good[:position] + digit + good[position + 1 :]))

    @settings(steady, max_examples=200)
    @given(st.integers(1, 10**10 - 1), st.integers(0, 10))
    def test_swapped_neighbours_are_found(self, number, position):
        good = reference.make_reference(number)
        left, right = good[position], good[position + 1]
        swapped = good[:position] + right + left + good[position + 2 :]
        self.assertEqual(reference.is_reference(swapped), left == right)

    def test_found_in_text(self):
        good = reference.make_reference(4711)
        for text in (good, f"电费{good}谢谢", f"REF {good[:4]} {good[4:8]} {good[8:]}"):
            self.assertEqual(reference.find_references(text), [good])
        self.assertEqual(reference.find_references(f"1{good}"), [])
        self.assertEqual(reference.find_references(""), [])
