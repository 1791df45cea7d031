from dateutil.relativedelta import relativedelta

from odoo.fields import Date
from odoo.tests import HttpCase, new_test_user, tagged

from .common import PowerBillingCase


@tagged("post_install", "-at_install", "power_slow")
class TestClerkTour(PowerBillingCase, HttpCase):
    def test_a_month(self):
        """From the empty list to posted bills of last month, by buttons alone."""
        first = Date.today().replace(day=1) - relativedelta(months=1)
        before = first - relativedelta(days=1)
        point = self._create_point(meter_vals={"date_installed": before})
        self._read(point, first + relativedelta(months=1, days=-1), 10100)
        new_test_user(
            self.env,
            "tour_clerk",
            groups="power_crm.group_billing_clerk,power_crm.group_finance",
            company_id=self.company.id,
            company_ids=self.company.ids,
            lang="en_US",
        )
        self.start_tour("/odoo/power-bill-runs", "power_billing_clerk_run", login="tour_clerk")
        self.assertEqual(point.bill_ids.state, "posted")
