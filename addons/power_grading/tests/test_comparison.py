from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import FourCustomersCase


@tagged("post_install", "-at_install")
class TestComparison(FourCustomersCase):
    """Four customers (A, B, C, D) in three runs; any two are compared."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._run(cls.scheme)
        cls._set_capacity(3, 75)
        cls.second = cls._run(cls.scheme)
        cls._set_capacity(3, 92)
        cls._set_capacity(0, 55)
        cls.newcomer = cls._create_customers(71)
        cls.third = cls._run(cls.scheme)

    @classmethod
    def _set_capacity(cls, place, capacity):
        cls.partners[place].power_supply_point_ids.capacity_kva = capacity

    def _compare(self, run, other):
        comparison = self.env["power.grading.comparison"].create(
            {"run_id": run.id, "other_line_id": other.line_ids.id}
        )
        action = comparison.action_compare()
        return self.env[action["res_model"]].search(action["domain"])

    def _read(self, differences):
        return {
            found.partner_id: (found.former_letter, found.letter, found.direction, found.step)
            for found in differences
        }

    def test_over_a_run_between(self):
        first, second, third, last = self.partners
        self.assertEqual(
            self._read(self._compare(self.third, self.first)),
            {
                first: ("A", "C", "down", -2),
                second: ("B", "B", "same", 0),
                third: ("C", "C", "same", 0),
                last: ("D", "A", "up", 3),
                self.newcomer: (False, "B", "new", 0),
            },
        )

    def test_backwards(self):
        found = self._read(self._compare(self.second, self.third))
        self.assertEqual(found[self.partners[3]], ("A", "B", "down", -1))
        self.assertEqual(found[self.newcomer], ("B", False, "left", 0))

    def test_why(self):
        found = self._compare(self.third, self.first)
        reasons = {line.partner_id: line.reason for line in found}
        self.assertEqual(reasons[self.partners[3]], "Capacity: 10 → 92")
        self.assertEqual(reasons[self.newcomer], "graded for the first time")
        self.assertFalse(reasons[self.partners[1]])

    def test_with_a_run_that_waits_and_one_undone(self):
        self._set_capacity(1, 20)
        waiting = self._run(self.scheme, approve=False)
        found = self._read(self._compare(waiting, self.first))
        self.assertEqual(found[self.partners[1]], ("B", "D", "down", -2))
        self.assertEqual(found[self.partners[3]], ("D", "A", "up", 3))
        self.third.action_undo()
        found = self._read(self._compare(self.third, self.first))
        self.assertEqual(found[self.partners[3]], ("D", "A", "up", 3))

    def test_another_version(self):
        new = self.scheme.browse(self.scheme.action_new_version()["res_id"])
        new.indicator_ids.weight = 2
        new._get_bands()[1].value_from = 72
        new._get_bands()[2].value_to = 72
        new.action_activate()
        found = self._compare(self._run(new), self.third)
        moved = found.filtered(lambda line: line.direction == "down")
        self.assertEqual(moved.partner_id, self.newcomer)
        self.assertEqual(moved.reason, "another version of the scheme")

    def test_what_came_into_force_last_counts(self):
        """A run computed first may be approved last, once it is computed again."""
        early = self._run(self.scheme, approve=False)
        self._set_capacity(1, 20)
        between = self._run(self.scheme)
        self._set_capacity(1, 99)
        early.action_start()
        early.action_compute()
        early.action_approve()
        with self.assertRaisesRegex(UserError, "later run"):
            between.action_undo()
        found = self._read(self._compare(between, early))
        self.assertEqual(found[self.partners[1]], ("A", "D", "down", -3))
        early.action_undo()
        self.assertEqual(self.partners[1].power_grade_credit, "D")

    def test_refused(self):
        with self.assertRaisesRegex(UserError, "two different runs"):
            self._compare(self.third, self.third)
        other = self._create_scheme("other", axis="value")
        other.action_activate()
        with self.assertRaisesRegex(UserError, "same scheme"):
            self._compare(self.third, self._run(other))

    def test_every_role_may(self):
        agent = self._create_user("agent")
        found = self.env["power.grading.comparison"].with_user(agent)
        found = found.create({"run_id": self.third.id, "other_line_id": self.first.line_ids.id})
        action = found.action_compare()
        lines = self.env[action["res_model"]].with_user(agent).search(action["domain"])
        self.assertEqual(len(lines), 5)
        self.assertTrue(any(lines.mapped("reason")))
