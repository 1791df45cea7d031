from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import PowerCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-22")
class TestDefect(PowerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._create_customer()
        cls.point = cls._create_point(cls.partner)
        cls.record = cls._create_record(
            cls.partner, kind="inspection", supply_point_id=cls.point.id
        )

    def _create_defect(self, **vals):
        return self.env["power.defect"].create(
            {"name": "Earthing broken", "service_record_id": self.record.id, **vals}
        )

    def test_taken_from_the_inspection(self):
        defect = self._create_defect()
        self.assertEqual(
            (defect.partner_id, defect.supply_point_id, defect.company_id),
            (self.partner, self.point, self.bureau),
        )
        self.assertEqual(self.record.defect_count, 1)

    def test_loop(self):
        defect = self._create_defect()
        defect.action_notice()
        self.assertEqual(defect.date_noticed, date(2026, 11, 22))
        defect.action_rectify()
        defect.action_reject()
        self.assertFalse(defect.date_rectified)
        defect.action_rectify()
        defect.action_verify()
        self.assertEqual(
            (defect.state, defect.verified_by_id, defect.date_verified),
            ("verified", self.env.user, date(2026, 11, 22)),
        )

    def test_every_move(self):
        legal = {
            ("found", "noticed"),
            ("noticed", "rectified"),
            ("rectified", "verified"),
            ("rectified", "noticed"),
        }
        states = ("found", "noticed", "rectified", "verified")
        for source in states:
            for target in states:
                if source == target:
                    continue
                defect = self._create_defect(state=source)
                if (source, target) in legal:
                    defect._set_state(target)
                else:
                    with self.assertRaises(UserError):
                        defect._set_state(target)

    def test_entered_further_on_passes_the_gate(self):
        user = self._create_user("account_manager")
        records = self.env["power.service.record"].with_user(user)
        vals = {"partner_id": self.partner.id, "kind": "inspection", "name": "Yearly check"}
        vals["date_planned"] = "2026-11-20 01:00:00"
        done = records.create({**vals, "state": "done"})
        self.assertEqual((done.state, done.date_done), ("done", date(2026, 11, 22)))
        self.assertEqual(records.with_context(default_state="done").create(vals).state, "done")
        self.assertEqual(done.copy().state, "planned", "a duplicate begins anew")
        defects = self.env["power.defect"].with_user(user)
        vals = {"name": "Earthing broken", "partner_id": self.partner.id}
        for entry in ({**vals, "state": "verified"}, {**vals, "state": "rectified"}):
            with self.assertRaisesRegex(UserError, "cannot go from"):
                defects.create(entry)
        with self.assertRaisesRegex(UserError, "cannot go from"):
            defects.with_context(default_state="verified").create(vals)
        self.assertEqual(self._create_defect(state="verified").state, "verified", "the program may")

    def test_overdue(self):
        vals = {"date_found": "2026-11-01"}
        overdue = self._create_defect(deadline="2026-11-21", **vals)
        today = self._create_defect(deadline="2026-11-22", **vals)
        done = self._create_defect(deadline="2026-11-21", state="rectified", **vals)
        found = self.env["power.defect"].search(
            [("is_overdue", "=", True), ("partner_id", "=", self.partner.id)]
        )
        self.assertEqual(found, overdue)
        self.assertEqual((overdue + today + done).mapped("is_overdue"), [True, False, False])

    def test_major_hazard_shows_on_the_customer(self):
        defect = self._create_defect(severity="major")
        self._create_defect()
        self.partner.invalidate_recordset()
        self.assertEqual(
            (self.partner.power_open_defect_count, self.partner.power_major_defect_count), (2, 1)
        )
        defect.action_notice()
        defect.action_rectify()
        self.partner.invalidate_recordset()
        self.assertEqual(
            (self.partner.power_open_defect_count, self.partner.power_major_defect_count), (2, 0)
        )
