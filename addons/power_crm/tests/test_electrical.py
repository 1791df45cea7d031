from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools import electrical
from .properties import steady


class TestElectrical(BaseCase):
    def test_high_voltage_begins_at_10_kv(self):
        high = [
            code for code, _label in electrical.VOLTAGE_CLASSES if electrical.is_high_voltage(code)
        ]
        self.assertEqual(high, ["10kv", "20kv", "35kv", "110kv", "220kv"])
        self.assertFalse(electrical.is_high_voltage(None))

    def test_highest_passes_over_the_unknown(self):
        self.assertEqual(
            electrical.highest(["220v", False, "20kv", "x"], electrical.VOLTAGE_SCALE), "20kv"
        )
        self.assertIsNone(electrical.highest([False], electrical.PHASE_SCALE))

    @steady
    @given(st.lists(st.sampled_from(electrical.VOLTAGE_SCALE), min_size=1, max_size=9))
    def test_highest_is_the_maximum(self, values):
        best = electrical.highest(values, electrical.VOLTAGE_SCALE)
        rank = electrical.VOLTAGE_SCALE.index
        self.assertTrue(all(rank(value) <= rank(best) for value in values))
        self.assertIn(best, values)
