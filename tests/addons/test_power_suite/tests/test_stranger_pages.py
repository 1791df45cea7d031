import re

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import SECRET, TwoCustomersCase

OURS = re.compile(r"^(/[a-z]{2}_[A-Z]{2})?/(my/)?power(/|$)")
WITHOUT_A_PAGE = (
    "power.fault.proof",
    "power.interruption",
    "power.outage",
    "power.outage.notice",
)


@tagged("post_install", "-at_install")
class TestStrangerPages(TwoCustomersCase, HttpCase):
    """Every page of the suite, asked for with another customer's numbers.

    The pages are taken from the server's own list, so that one added later is tried as well.
    """

    def _our_rules(self):
        rules = self.env["ir.http"].routing_map().iter_rules()
        return [rule for rule in rules if OURS.match(rule.rule)]

    def _stranger_ids(self):
        return sorted({r.id for r in self.secrets.values() if r._name not in WITHOUT_A_PAGE})

    def _paths(self, rule):
        """The rule's path, once for each number that belongs to the stranger."""
        if not rule.arguments:
            return [rule.rule]
        return [re.sub(r"<[^>]+>", str(number), rule.rule) for number in self._stranger_ids()]

    def test_the_list_of_pages_is_not_empty(self):
        paths = {rule.rule for rule in self._our_rules()}
        self.assertIn("/my/power", paths)
        self.assertGreater(len(paths), 3)

    def test_no_page_shows_the_stranger(self):
        self.authenticate("lin_portal", "lin_portal")
        for rule in self._our_rules():
            if "GET" not in (rule.methods or {"GET"}) or rule.endpoint.routing["type"] != "http":
                continue
            for path in self._paths(rule):
                with self.subTest(path=path):
                    self._assert_hidden(path)

    def test_no_page_finds_the_stranger(self):
        self.authenticate("lin_portal", "lin_portal")
        for path in ("/my/power/points", "/my/power/bills", "/my/invoices", "/my"):
            for query in (f"search={SECRET}&search_in=all", "filterby=all&sortby=date"):
                with self.subTest(path=path, query=query):
                    self._assert_hidden(f"{path}?{query}", expected=(200,))

    def test_a_wrong_token_opens_nothing(self):
        self.authenticate(None, None)
        for record in (self.stranger_bill, self.stranger_bill.supply_point_id):
            with self.subTest(record=record._name):
                self._assert_hidden(f"{record.access_url}?access_token=guessed")

    @mute_logger("odoo.http")
    def test_files_and_documents_stay_closed(self):
        self.authenticate("lin_portal", "lin_portal")
        attachment = self.secrets["ir.attachment"]
        move = self.stranger_bill.move_id
        for path in (
            f"/web/content/{attachment.id}",
            f"/web/content/power.licence/{self.secrets['power.licence'].id}/number",
            f"/web/image/res.partner/{self.stranger.id}/image_1920",
            f"/my/invoices/{move.id}",
            f"/my/invoices/{move.id}?report_type=pdf",
            f"/report/pdf/power_billing.report_bill/{self.stranger_bill.id}",
            f"/report/html/power_billing.report_bill/{self.stranger_bill.id}",
        ):
            with self.subTest(path=path):
                self._assert_hidden(path)

    def test_the_public_sees_nothing(self):
        self.authenticate(None, None)
        for rule in self._our_rules():
            if "GET" not in (rule.methods or {"GET"}) or rule.endpoint.routing["type"] != "http":
                continue
            for path in self._paths(rule):
                with self.subTest(path=path):
                    self._assert_hidden(path)

    def _assert_hidden(self, path, expected=(200, 303, 400, 403, 404, 405)):
        response = self.url_open(path, allow_redirects=True, timeout=60)
        self.assertIn(response.status_code, expected)
        text = response.content.decode("utf-8", "replace").replace(f"search={SECRET}", "")
        text = re.sub(r'value="[^"]*"', "", text)
        self.assertNotIn(SECRET, text)
        self.assertNotIn("91320200HIDDEN", text)
        self.assertNotIn("98765", text.replace(",", ""))
