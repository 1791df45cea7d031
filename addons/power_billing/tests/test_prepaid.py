from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PRICES, PowerBillingCase

TODAY = date(2026, 2, 20)


@tagged("post_install", "-at_install", "power_slow")
class TestPrepaid(PowerBillingCase):
    """January billed and paid; 100 kWh read until 10 February, ten days after: 10 kWh a day.

    Until 20 February 200 kWh are unbilled: 200*0.690486 = 138.10, 200*0.0452 = 9.04: 147.14.
    A day costs (300*0.690486 = 207.15, 300*0.0452 = 13.56: 220.71) / 30 = 7.357.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.point = cls._create_point(is_prepaid=True)
        cls.partner = cls.point.partner_id
        cls._top_up(907.84)
        cls.bill = cls._create_bill(cls.point)
        cls._read(cls.point, "2026-02-10", 11334)

    @classmethod
    def _top_up(cls, amount, day="2026-02-01"):
        payment = cls.env["account.payment"].create(
            {
                "partner_id": cls.partner.id,
                "partner_type": "customer",
                "payment_type": "inbound",
                "amount": amount,
                "date": day,
                "journal_id": cls.bank.id,
            }
        )
        payment.action_post()

    def _update(self, today=TODAY):
        accounts = self.env["power.prepaid.account"]
        accounts._sync_accounts(self.company)
        account = accounts.search(
            [("company_id", "=", self.company.id), ("partner_id", "=", self.partner.id)]
        )
        account._update(today)
        return account

    def _count_mails(self, account):
        return (
            self.env["mail.mail"]
            .sudo()
            .search_count([("model", "=", account._name), ("res_id", "in", account.ids)])
        )

    def test_balance_by_readings(self):
        """500 − 0 − 147.14 = 352.86; /7.357 = 47.96: 47 days, until 8 April."""
        self.assertEqual(self.bill.payment_state, "paid")
        self._top_up(500)
        account = self._update()
        self.assertEqual(
            (account.credit, account.amount_open, account.unbilled, account.available),
            (500, 0, 147.14, 352.86),
        )
        self.assertAlmostEqual(account.amount_per_day, 7.36)
        self.assertEqual((account.days_left, account.date_run_out), (47, date(2026, 4, 8)))
        self.assertFalse(account.level_id)
        self.assertIn("200.00 kWh", account.note)

    def test_a_fixed_charge_accrues_by_the_day(self):
        """28.00 a month: of February twenty days are 20.00; 147.14 + 20.00 = 167.14."""
        tariff = self._create_tariff("Basic", prices=(*PRICES, ("fixed", "Basic", 28.0)))
        point = self._create_point(self.partner, tariff_id=tariff.id, is_prepaid=True)
        self._create_bill(point)
        self._read(point, "2026-02-10", 11334)
        estimate = point._estimate_prepaid(TODAY)[point.id]
        self.assertEqual(estimate["unbilled"], Decimal("167.14"))

    def test_by_the_last_bills(self):
        """No reading of February, no tariff: 907.84 of 31 days is 29.285… a day, 20 days 585.70."""
        self.point.meter_ids.reading_ids.filtered(lambda r: r.state == "validated").unlink()
        self.point.tariff_id = False
        self._top_up(1000)
        account = self._update()
        self.assertEqual((account.unbilled, account.available), (585.70, 414.30))
        # 414.30 / 29.2851… = 14.147
        self.assertEqual(account.days_left, 14)

    def test_by_the_load_curve(self):
        """Read 100 kWh until 10 February, then five days of 24 kWh; the five days left like them:
        340 kWh: 340 × 0.690486 = 234.77, 340 × 0.0452 = 15.37: 250.14."""
        heads = "meter,date," + ",".join(f"v{hour}" for hour in range(1, 25))
        rows = [
            f"{self.point.meter_ids.number},2026-02-{day}," + ",".join(["1"] * 24)
            for day in range(11, 16)
        ]
        days = self.env["power.load.day"].with_company(self.company)
        self.assertEqual(days._load_csv("\n".join((heads, *rows)).encode())["loaded"], 5)
        estimate = self.point._estimate_prepaid(TODAY)[self.point.id]
        self.assertEqual((estimate["basis"], estimate["kwh_per_day"]), ("curve", 24))
        self.assertEqual((estimate["kwh"], estimate["unbilled"]), (340, Decimal("250.14")))

    def test_tiers_of_the_year_and_periods(self):
        """1234 kWh billed in January, tier 1 until 1300: of 200 kWh 66 at 0.50, 134 at 0.60:
        33.00 + 80.40 = 113.40; the next 300 kWh at 0.60 are 6.00 a day."""
        tariff = self._create_tariff("Household", prices=(("energy", "Energy", 0.5),))
        version = tariff.version_ids
        version.write({"tier_basis": "year", "tier_limits": "1300; 4800"})
        version.component_ids.price_ids = [
            Command.create({"tier": tier, "value": price}) for tier, price in ((2, 0.6), (3, 0.9))
        ]
        point = self._create_point(self.partner, tariff_id=tariff.id, is_prepaid=True)
        self._create_bill(point)
        self._read(point, "2026-02-10", 11334)
        estimate = point._estimate_prepaid(TODAY)[point.id]
        self.assertEqual((estimate["unbilled"], estimate["per_day"]), (Decimal("113.40"), 6))
        # Of 100 kWh 30 at peak for 1.00 and 70 in the valley for 0.30: 30.00 + 21.00.
        peak, valley = (self.env.ref(f"power_billing.period_{name}") for name in ("peak", "valley"))
        timed = self._create_tariff("Timed", prices=(("energy", "Energy", 0.5),))
        timed.version_ids.write(
            {
                "schedule_ids": [
                    Command.create(
                        {"months": "1-12", "days": "any", "period_id": period.id}
                        | {"hour_from": first, "hour_to": last}
                    )
                    for period, first, last in ((valley, 0, 8), (peak, 8, 24))
                ],
            }
        )
        timed.version_ids.component_ids.price_ids = [
            Command.create({"period_id": peak.id, "value": 1.0}),
            Command.create({"period_id": valley.id, "value": 0.3}),
        ]
        self.point.tariff_id = timed
        known = {"peak": Decimal(300), "valley": Decimal(700)}
        history = {"years": {}, "periods": known, "facts": []}
        amount = self.point._rate_prepaid(
            Decimal(100), date(2026, 1, 31), date(2026, 2, 28), history
        )
        self.assertEqual(amount, Decimal("51.00"))

    def test_nothing_known(self):
        point = self._create_point(self.partner, meter=False, is_prepaid=True)
        estimate = point._estimate_prepaid(TODAY)[point.id]
        self.assertEqual((estimate["unbilled"], estimate["basis"]), (0, "none"))

    def test_open_bills_count(self):
        other = self._create_bill(self._create_point(self.partner), kwh=1000)
        self._top_up(500)
        account = self._update()
        self.assertEqual(other.payment_state, "not_paid")
        # 500 − 735.69 − 147.14
        self.assertEqual((account.amount_open, account.available), (735.69, -382.83))

    def test_told_once_a_crossing(self):
        """191.29 − 147.14 = 44.15: 6 days, Low. Topped up and low again: told again."""
        self._top_up(191.29)
        account = self._update()
        self.assertEqual((account.days_left, account.level_id.name), (6, "Low"))
        self.assertEqual((self._count_mails(account), account.date_told), (1, TODAY))
        self._update()
        self.assertEqual(self._count_mails(account), 1)
        self._top_up(500)
        self._update()
        self.assertFalse(account.level_id)
        self._update(date(2026, 5, 20))
        self.assertEqual(account.level_id.name, "Used up")
        self.assertEqual(self._count_mails(account), 2)

    def test_better_is_not_told(self):
        account = self._update()
        self.assertEqual((account.available, account.level_id.name), (-147.14, "Used up"))
        self._top_up(191.29)
        self._update()
        self.assertEqual(account.level_id.name, "Low")
        self.assertEqual(self._count_mails(account), 1)

    def test_cutting_off_is_only_proposed(self):
        """Told on the 20th; seven days of notice; proposed on the 27th; the point stays active."""
        account = self._update()
        self.assertEqual((account.cutoff_state, account.date_cutoff), ("notice", date(2026, 2, 27)))
        self._update(date(2026, 2, 26))
        self.assertEqual(account.cutoff_state, "notice")
        self._update(date(2026, 2, 27))
        self.assertEqual((account.cutoff_state, self.point.state), ("proposed", "active"))
        self._top_up(2000)
        self._update(date(2026, 2, 28))
        self.assertEqual(account.cutoff_state, "none")

    def test_protected_is_never_proposed(self):
        self.point.life_support = True
        account = self._update()
        self._update(date(2026, 3, 27))
        self.assertEqual(account.cutoff_state, "protected")
        self.assertIn("life-support", account.protection_note)

    def test_who_cannot_be_told_has_no_notice(self):
        self.partner.write({"email": False, "phone": False})
        account = self._update()
        self._update(date(2026, 3, 27))
        self.assertEqual((account.cutoff_state, account.date_told), ("notice", False))

    def test_no_longer_prepaid(self):
        account = self._update()
        self.point.is_prepaid = False
        self.env["power.prepaid.account"]._sync_accounts(self.company)
        self.assertFalse(account.active)

    def test_one_bad_payer(self):
        """A payer whose estimate fails keeps the reason; the others are computed."""
        good = self._create_point(is_prepaid=True)
        accounts = self.env["power.prepaid.account"]
        accounts._sync_accounts(self.company)
        accounts = accounts.search([("company_id", "=", self.company.id)])
        estimate = type(self.point)._estimate_prepaid

        def refuse(points, today):
            if self.point in points:
                raise ValueError("broken")
            return estimate(points, today)

        with (
            patch.object(type(self.point), "_estimate_prepaid", refuse),
            mute_logger("odoo.addons.power_billing.models.power_prepaid_account"),
        ):
            accounts._update_isolated(TODAY)
        bad = accounts.filtered(lambda account: account.partner_id == self.partner)
        self.assertEqual(bad.note, "broken")
        self.assertEqual(
            (accounts - bad).filtered(lambda a: a.partner_id == good.partner_id).date, TODAY
        )
