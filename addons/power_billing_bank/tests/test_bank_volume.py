import logging
import time

from odoo.tests import tagged

from odoo.addons.power_billing.tests.many_accounts import FUNDS, ManyAccountsCase

_logger = logging.getLogger(__name__)

PAYERS = 300
BILLS = 3300


@tagged("post_install", "-at_install", "power_slow")
class TestBankVolume(ManyAccountsCase):
    """A file of 3,200 lines against 3,300 open bills of 300 payers, eleven each.

    In order: 2,400 lines with the reference in a bank's prose, 400 with the customer's number and
    the amount of one of his bills, 200 with a supply point's number and an amount that is nobody's,
    200 with neither.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.kinds = {"flat": cls._account(cls._tariff("Bank", [cls._energy(), *FUNDS]))}
        points = cls.env["power.supply.point"].browse(cls._multiply(BILLS)["flat"])
        payers = cls.env["res.partner"].create(
            [{"name": f"Payer {number}"} for number in range(PAYERS)]
        )
        payers._make_power_customers()
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE power_supply_point p SET partner_id = w.payer, payer_id = w.payer,"
            " number = '9' || lpad(p.id::text, 9, '0')"
            " FROM unnest(%s, %s) w(point, payer) WHERE p.id = w.point",
            [points.ids, [payers.ids[place % PAYERS] for place in range(BILLS)]],
        )
        cls.env.invalidate_all()
        run = cls._create_run(supply_point_ids=[(6, 0, points.ids)])
        run._process_all()
        cls.bills = run.bill_ids.sorted("id")

    def _prepare_lines(self):
        """Return the file's lines and, by their place, the bill each one means."""
        lines, meant = [], {}
        for place, bill in enumerate(self.bills[:3000]):
            amount, text = bill.amount_total, f"电费 {bill.payment_reference} 谢谢"
            if place >= 2800:
                amount, text = 0.07, f"户号{bill.supply_point_id.number}"
            elif place >= 2400:
                text = f"{bill.partner_id.power_customer_number} 电费"
            meant[place] = bill
            lines.append({"amount": amount, "payment_ref": text})
        lines += [{"amount": 100.0 + n, "payment_ref": f"transfer {n}"} for n in range(200)]
        base = {"journal_id": self.journal.id, "date": "2026-02-10"}
        return [{**base, **line} for line in lines], meant

    def test_a_large_file(self):
        self.assertEqual(set(self.bills.mapped("state")), {"posted"})
        vals_list, meant = self._prepare_lines()
        lines = self.env["account.bank.statement.line"]
        started, queries = time.monotonic(), self.env.cr.sql_log_count
        matches = lines._match_hints(
            lines._prepare_hint(place, vals) for place, vals in enumerate(vals_list)
        )
        _logger.info(
            "%s lines against %s bills: %.1f s, %s queries.",
            len(vals_list),
            len(self.bills),
            time.monotonic() - started,
            self.env.cr.sql_log_count - queries,
        )
        self.assertLess(self.env.cr.sql_log_count - queries, 60)
        self.assertEqual(set(matches), set(meant), "nobody is guessed")
        for place, bill in meant.items():
            match = matches[place]
            self.assertEqual(match.payer, bill.partner_id, place)
            if place < 2800:
                self.assertEqual(match.moves, bill.move_id, place)
            self.assertEqual(match.certain, place < 2800, place)
