from datetime import date

from odoo.tests import BaseCase, tagged

from ..tools.dunning import Law, get_cut_window, get_notice_day, get_step_day, get_strictest

NATIONAL = Law(wait=30, notice=3, validity=7)
DUE = date(2026, 2, 18)


@tagged("post_install", "-at_install")
class TestKernelDunning(BaseCase):
    """All days counted on a calendar from a bill due on 18 February 2026."""

    def test_days_of_the_path(self):
        self.assertEqual(get_step_day(DUE, 3), date(2026, 2, 21))
        self.assertEqual(get_step_day(DUE, 10, date(2026, 2, 21), 3), date(2026, 2, 28))

    def test_a_late_step_does_not_hurry_the_next(self):
        """The reminder of day 3 came on 1 April: the call of day 10 follows seven days later."""
        self.assertEqual(get_step_day(DUE, 10, date(2026, 4, 1), 3), date(2026, 4, 8))

    def test_law(self):
        """More than 30 days overdue is 21 March; a notice of 14 March still holds on that day."""
        self.assertEqual(get_notice_day(DUE, NATIONAL), date(2026, 3, 14))
        for noticed, first, last in (
            (date(2026, 3, 14), date(2026, 3, 21), date(2026, 3, 21)),
            (date(2026, 3, 16), date(2026, 3, 21), date(2026, 3, 23)),
            (date(2026, 3, 20), date(2026, 3, 23), date(2026, 3, 27)),
        ):
            self.assertEqual(get_cut_window(DUE, noticed, NATIONAL), (first, last))

    def test_strictest(self):
        """A province that wants seven days of notice for all, and one that lets it hold for 5."""
        self.assertIsNone(get_strictest([]))
        province = Law(wait=20, notice=7, validity=10)
        self.assertEqual(get_strictest([NATIONAL, province]), Law(30, 7, 7))
        self.assertEqual(get_strictest([province, Law(40, 3, 5)]), Law(40, 7, 7))
