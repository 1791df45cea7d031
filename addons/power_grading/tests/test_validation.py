import math

from odoo.tests import BaseCase, tagged

from ..tools import validation


@tagged("post_install", "-at_install")
class TestValidation(BaseCase):
    def test_auc(self):
        # bad: 4, 2; good: 3, 1. Pairs won by the bad: 4>3, 4>1, 2>1, lost: 2<3
        self.assertEqual(validation.auc([4, 2, 3, 1], [True, True, False, False]), 0.75)
        self.assertEqual(validation.auc([1, 1], [True, False]), 0.5)
        self.assertIsNone(validation.auc([1, 2], [True, True]))

    def test_ks(self):
        # above 4: half of the bad, none of the good
        self.assertEqual(validation.ks([4, 2, 3, 1], [True, True, False, False]), 0.5)
        self.assertEqual(validation.ks([2, 1], [True, False]), 1)
        self.assertEqual(validation.ks([1, 1], [True, False]), 0)

    def test_capture(self):
        scores, bad = list(range(20)), [False] * 20
        bad[19] = bad[3] = True
        # the worst tenth is two customers, 19 and 18: one of two bad ones
        self.assertEqual(validation.capture(scores, bad), 0.5)
        # all tied: a tenth of the room, a tenth of the bad
        self.assertAlmostEqual(validation.capture([1] * 20, bad), 0.1)

    def test_psi(self):
        self.assertEqual(validation.psi({"A": 50, "B": 50}, {"A": 5, "B": 5}), 0)
        # (0.6-0.5) ln(0.6/0.5) + (0.4-0.5) ln(0.4/0.5)
        expected = 0.1 * math.log(1.2) - 0.1 * math.log(0.8)
        self.assertAlmostEqual(validation.psi({"A": 50, "B": 50}, {"A": 60, "B": 40}), expected)
