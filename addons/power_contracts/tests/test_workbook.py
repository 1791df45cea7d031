from datetime import date
from io import BytesIO

import openpyxl
from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .finance_common import ContractBooksCase


@tagged("post_install", "-at_install", "power_slow")
class TestContractWorkbook(ContractBooksCase, HttpCase):
    """Calls, 1,200.00 for 2026, invoiced on 1 January; on 10 March two months are earned.

    January and February: 101.92 + 92.05 = 193.97; 1,006.03 wait for March to December.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance.company_ids = cls.bureau
        cls.finance.company_id = cls.bureau

    def _live(self):
        with self._day(date(2026, 1, 1)):
            contract = self._create_contract(
                [("on_call", {"price": 1200, "recurring_rule_type": "yearly"})], renewal="none"
            )
            contract.action_open()
        self._invoice(contract, date(2026, 1, 1))
        self._recognise(date(2026, 3, 1))
        return contract

    def _read(self, content):
        book = openpyxl.load_workbook(BytesIO(content), data_only=True)
        sheets = {}
        for sheet in book.worksheets:
            totals, head, *rows = sheet.iter_rows(values_only=True)
            sheets[sheet.title] = (
                dict(zip(head, totals, strict=True)),
                [dict(zip(head, row, strict=True)) for row in rows],
            )
        return sheets

    def _make(self, user=None):
        books = self.env["power.contract.workbook"].with_user(user or self.finance)
        return books.with_company(self.bureau)._make_finance_xlsx(self.bureau)

    def test_every_list_has_its_button(self):
        """The web client shows the last header of a list, so there is one."""
        for name in ("margin", "forecast", "deferral", "term", "receivable"):
            view = (
                self.env[f"power.contract.{name}"]
                .with_user(self.finance)
                .get_view(view_type="list")
            )
            headers = etree.fromstring(view["arch"]).findall("header")
            self.assertEqual(len(headers), 1, name)
            self.assertTrue(headers[0].xpath("button[@name='action_finance_xlsx']"), name)

    def test_figures(self):
        contract = self._live()
        with self._day(date(2026, 3, 10)):
            sheets = self._read(self._make())
        self.assertEqual(
            list(sheets), ["Margin", "Forecast", "Deferred income", "Renewals", "Receivables"]
        )
        totals, [margin] = sheets["Margin"]
        self.assertEqual(
            (margin["Number"], margin["Contract"], margin["Customer"]),
            (contract.code, "Transformer room", "Taihu Steel"),
        )
        self.assertEqual((margin["Income"], margin["Margin"]), (193.97, 193.97))
        self.assertEqual(margin["Margin of income"], 1)
        self.assertEqual((totals["Margin"], totals["Margin of income"]), (193.97, 1))
        totals, [forecast] = sheets["Forecast"]
        # 31 and 30 of 365 days
        self.assertEqual((forecast["2026-03"], forecast["2026-04"]), (101.92, 98.63))
        self.assertEqual((forecast["Total"], totals["Total"]), (1006.03, 1006.03))
        totals, deferred = sheets["Deferred income"]
        self.assertEqual(len(deferred), 10)
        self.assertEqual(deferred[0]["Income of"].date(), date(2026, 3, 31))
        self.assertEqual(totals["Amount"], 1006.03)
        totals, [owed] = sheets["Receivables"]
        # due on 1 January: 68 days on 10 March
        self.assertEqual((owed["Days late"], owed["61–90"], owed["Open"]), (68, 1200, 1200))
        self.assertEqual((owed["Not due"], totals["Open"]), (0, 1200))

    def test_totals_follow_the_filter(self):
        self._live()
        with self._day(date(2026, 3, 10)):
            book = openpyxl.load_workbook(BytesIO(self._make()))
        sheet = book["Receivables"]
        place = [cell.value for cell in sheet[2]].index("Open")
        column = openpyxl.utils.get_column_letter(place + 1)
        self.assertEqual(sheet[1][place].value, f"=SUBTOTAL(109,{column}3)")
        self.assertEqual(sheet.auto_filter.ref.split(":")[0], "A2")
        self.assertTrue(sheet.sheet_properties.pageSetUpPr.fitToPage)
        self.assertEqual(sheet.page_setup.orientation, "landscape")
        self.assertEqual(sheet.print_title_rows, "$2:$2")

    def test_nothing_yet(self):
        sheets = self._read(self._make())
        self.assertEqual([len(rows) for _totals, rows in sheets.values()], [0, 0, 0, 0, 0])

    def test_renewal_rate(self):
        """Of two terms over in January one went on, of one in March none: a third in all."""
        contract = self._live()
        over = (("2026-01-31", "renewed"), ("2026-01-15", "ended"), ("2026-03-31", "terminated"))
        self.env["power.contract.term"].create(
            [
                {
                    "contract_id": contract.id,
                    "date_from": date(2025, 1, 1),
                    "date_to": day,
                    "outcome": outcome,
                }
                for day, outcome in over
            ]
        )
        totals, [january, march] = self._read(self._make())["Renewals"]
        self.assertEqual((january["Month"], january["Terms over"]), ("2026-01", 2))
        self.assertEqual((january["Renewed"], january["Renewal rate"]), (1, 0.5))
        self.assertEqual((march["Terminated"], march["Renewal rate"]), (1, 0))
        self.assertEqual(totals["Terms over"], 3)
        self.assertAlmostEqual(totals["Renewal rate"], 1 / 3)

    def test_a_name_is_no_formula(self):
        contract = self._live()
        contract.name = "=1+1"
        with self._day(date(2026, 3, 10)):
            sheets = self._read(self._make())
        self.assertEqual(sheets["Margin"][1][0]["Contract"], "=1+1")

    def test_who_may(self):
        agent = self._create_user("agent")
        with self.assertRaises(AccessError):
            self._make(agent)

    def test_button_and_address(self):
        """The button's address gives the file to finance, and nothing to a customer."""
        self._live()
        action = self.env["power.contract.margin"].with_user(self.finance).action_finance_xlsx()
        self.assertEqual(action["url"], f"/power/contracts/finance.xlsx?companies={self.bureau.id}")
        self.authenticate(self.finance.login, self.finance.login)
        answer = self.url_open(action["url"])
        self.assertIn("spreadsheetml", answer.headers["Content-Type"])
        self.assertEqual(len(self._read(answer.content)["Margin"][1]), 1)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        answer = self.url_open(f"/power/contracts/finance.xlsx?companies={other.id}-x-0")
        self.assertEqual(answer.status_code, 200, "a company that is not the reader's is left out")
        new_test_user(self.env, "bookcustomer", groups="base.group_portal")
        self.authenticate("bookcustomer", "bookcustomer")
        self.assertEqual(self.url_open(action["url"]).status_code, 404)
