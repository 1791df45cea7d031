from odoo.tests import tagged

from .common import FourCustomersCase


@tagged("post_install", "-at_install")
class TestMerge(FourCustomersCase):
    """Two entries of one customer, graded or not, become one."""

    def _get_results(self, partner):
        return self.env["power.grading.result"].search(
            [("partner_id", "=", partner.id), ("current", "=", True)]
        )

    def test_both_graded_in_one_run(self):
        """The grade of who stays counts; an appeal against the other's is still answered."""
        self._run(self.scheme)
        stays, goes = self.partners[0], self.partners[3]
        appeal = self.env["power.grading.appeal"].create(
            {
                "partner_id": goes.id,
                "company_id": self.bureau.id,
                "result_id": self._get_results(goes).id,
                "text": "We have 95 kVA.",
            }
        )
        self._merge(stays, goes)
        self.assertEqual(self._get_results(stays).letter, "A")
        self.assertEqual(stays.power_grade_credit, "A")
        self.assertEqual((appeal.partner_id, appeal.result_id), (stays, self._get_results(stays)))

    def test_graded_anew_after_the_run_of_both(self):
        """Who goes has a later grade than who stays: one grade is in force all the same."""
        self._run(self.scheme)
        stays, goes = self.partners[0], self.partners[3]
        goes.power_supply_point_ids.capacity_kva = 75
        self._run(self.scheme)
        self.assertEqual(self._letters(goes, self.scheme), ["B"])
        self._merge(stays, goes)
        self.assertEqual(self._get_results(stays).mapped("letter"), ["A"])

    def test_graded_by_another_scheme_as_well(self):
        stays, goes = self.partners[0], self.partners[3]
        other = self._create_scheme(
            "other", axis="value", population_domain=str([("id", "=", goes.id)])
        )
        other.action_activate()
        self._run(self.scheme, other)
        self._merge(stays, goes)
        self.assertEqual(self._letters(stays, self.scheme), ["A"])
        self.assertEqual(self._letters(stays, other), ["D"])

    def test_only_who_goes_was_graded(self):
        self._run(self.scheme)
        stays = self._create_customer("New entry", company_id=self.bureau.id)
        self.assertFalse(stays.power_grade_credit)
        self._merge(stays, self.partners[1])
        self.assertEqual(self._get_results(stays).letter, "B")
        self.assertEqual(stays.power_grade_credit, "B")

    def test_letters_go_with_the_customer(self):
        self._run(self.scheme)
        cards = self.env["power.customer.grade"].search([("partner_id", "in", self.partners.ids)])
        self.assertEqual(len(cards), 4)
        self.partners[2].power_supply_point_ids.unlink()
        self.partners[2].unlink()
        self.assertEqual(len(cards.exists()), 3)
