from datetime import datetime, timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import PowerCase

CALLED = datetime(2026, 6, 30, 18)


@tagged("post_install", "-at_install")
class TestCallback(PowerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.levels = {
            code: cls.env["power.service.level"].create(
                {
                    "name": code,
                    "code": f"t_{code}",
                    "hotline_priority": priority,
                    "callback_hours": hours,
                }
            )
            for code, priority, hours in (("vip", "3", 0), ("main", "1", 24), ("small", "0", 48))
        }

    def _create_callback(self, phone, hours=0, **vals):
        return self.env["power.callback"].create(
            {"phone": phone, "date_called": CALLED + timedelta(hours=hours), **vals}
        )

    def _create_level_customer(self, code, phone, **vals):
        partner = self._create_customer(code, phone=phone, power_is_customer=True, **vals)
        partner.power_service_level_id = self.levels[code]
        return partner

    def test_the_order_owed(self):
        """The level goes first, then the hour promised; a stranger has 24 hours."""
        vip = self._create_level_customer("vip", "139 1234 5678")
        main = self._create_level_customer("main", "139 1234 5679")
        small = self._create_level_customer("small", "139 1234 5670")
        calls = [
            self._create_callback("13912345670"),
            self._create_callback("0510-8270 1234", hours=1),
            self._create_callback("13912345679", hours=2),
            self._create_callback("+86 139 1234 5678", hours=3),
        ]
        found = [call.partner_id for call in calls]
        self.assertEqual(found, [small, vip.browse(), main, vip])
        hours = [(call.deadline - call.date_called).total_seconds() / 3600 for call in calls]
        self.assertEqual(hours, [48, 24, 24, 0])
        ordered = self.env["power.callback"].search([("company_id", "=", self.bureau.id)])
        self.assertEqual([calls.index(call) for call in ordered], [3, 2, 1, 0])

    def test_a_low_level_never_lowers_what_safety_demands(self):
        ward = self._create_level_customer("small", "139 1234 5678")
        ward.power_important_level = "second"
        ward.power_service_level_id = self.levels["small"]
        call = self._create_callback("13912345678")
        self.assertEqual((call.priority, call.deadline), ("2", CALLED + timedelta(hours=24)))

    def test_late_until_called(self):
        self._create_level_customer("main", "139 1234 5678")
        call, other = self._create_callback("13912345678"), self._create_callback("0510-82701234")
        late = self.env["power.callback"].search
        with freeze_time(CALLED + timedelta(hours=25)):
            self.assertTrue(call.is_late)
            (call | other).invalidate_recordset()
            call.with_user(self._create_user("agent")).action_unreached()
            call.action_done()
            self.assertEqual(call.date_done, CALLED + timedelta(hours=25))
        with freeze_time(CALLED + timedelta(hours=23)):
            other.action_done()
        (call | other).invalidate_recordset()
        self.assertEqual((call | other).mapped("is_late"), [True, False])
        mine = [("id", "in", (call | other).ids)]
        self.assertEqual(late([*mine, ("is_late", "=", True)]), call)
        self.assertEqual(late([*mine, ("is_late", "=", False)]), other)
        with self.assertRaises(UserError):
            call.state = "open"
