from ast import literal_eval
from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import PowerCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-22")
class TestServiceRecord(PowerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("account_manager")
        cls.area = cls._create_area(manager_id=cls.manager.id)
        cls.vip = cls.env.ref("power_crm.service_level_vip")  # every 3 months
        cls.partner = cls._create_customer(power_service_level_id=cls.vip.id)
        cls.point = cls._create_point(cls.partner, area_id=cls.area.id)

    def _plan(self):
        with self._no_commit():
            self.env["power.service.record"]._cron_plan_visits()
        return self.partner.power_service_record_ids.filtered(lambda r: r.state == "planned")

    def test_first_visit_is_an_interval_from_today(self):
        visit = self._plan()
        self.assertEqual(visit.date_planned.date(), date(2027, 2, 22))
        self.assertEqual((visit.user_id, visit.origin), (self.manager, "level"))
        self.assertEqual(visit.activity_ids.user_id, self.manager)
        self.assertEqual(visit.company_id, self.bureau)

    def test_planned_visit_speaks_the_language_of_who_makes_it(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search([("name", "=", "power_crm")])._update_translations(
            ["zh_CN"]
        )
        self.manager.lang = "zh_CN"
        self.assertEqual(self._plan().name, "走访：Taihu Steel")

    def test_next_visit_counts_from_the_last_one_done(self):
        record = self._create_record(self.partner, kind="visit", date_done="2026-10-15")
        record.action_done()
        self.assertEqual(self._plan().date_planned.date(), date(2027, 1, 15))

    def test_late_customers_are_planned_for_today(self):
        record = self._create_record(self.partner, kind="visit", date_done="2025-01-01")
        record.action_done()
        self.assertEqual(self._plan().date_planned.date(), date(2026, 11, 22))

    def test_one_planned_visit_at_a_time(self):
        self._plan()
        self.assertEqual(len(self._plan()), 1)

    def test_other_kinds_do_not_count(self):
        self._create_record(self.partner, kind="call", date_done="2026-11-01").action_done()
        self._create_record(self.partner, kind="inspection")
        visits = self._plan().filtered(lambda record: record.kind == "visit")
        self.assertEqual(visits.date_planned.date(), date(2027, 2, 22))

    def test_no_visit_without_interval_or_point(self):
        basic = self._create_customer(
            power_service_level_id=self.env.ref("power_crm.service_level_basic").id
        )
        self._create_point(basic)
        pointless = self._create_customer(
            power_service_level_id=self.vip.id, power_is_customer=True
        )
        self._plan()
        self.assertFalse(basic.power_service_record_ids or pointless.power_service_record_ids)

    def test_done_closes_the_activity(self):
        visit = self._plan()
        visit.action_done()
        self.assertFalse(visit.activity_ids)
        self.assertEqual(visit.date_done, date(2026, 11, 22))
        visit.action_reopen()
        self.assertFalse(visit.date_done)

    def test_gate(self):
        record = self._create_record(self.partner)
        record.action_cancel()
        with self.assertRaisesRegex(UserError, "cannot go from"):
            record.action_done()

    def test_late(self):
        late = self._create_record(self.partner, date_planned="2026-11-21 08:00:00")
        coming = self._create_record(self.partner, date_planned="2026-11-23 08:00:00")
        found = self.env["power.service.record"].search(
            [("is_late", "=", True), ("partner_id", "=", self.partner.id)]
        )
        self.assertEqual(found, late)
        self.assertTrue(late.is_late)
        self.assertFalse(coming.is_late)
        others = self.env["power.service.record"].search(
            [("is_late", "=", False), ("partner_id", "=", self.partner.id)]
        )
        self.assertEqual(others, coming)

    def test_point_must_be_the_customers(self):
        with self.assertRaisesRegex(ValidationError, "belongs to"):
            self._create_record(self._create_customer("Other"), supply_point_id=self.point.id)

    def test_form_takes_customer_from_point(self):
        with Form(self.env["power.service.record"]) as form:
            form.supply_point_id = self.point
            self.assertEqual(form.partner_id, self.partner)
        record = form.save()
        self.assertIn("Visit", record.name)


@tagged("post_install", "-at_install")
@freeze_time("2026-11-22")
class TestInspectionPlan(PowerCase):
    """Inspections of important customers, by the interval of their level."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("account_manager")
        cls.area = cls._create_area(manager_id=cls.manager.id)
        intervals = cls.env["power.inspection.interval"].search([])
        intervals.filtered(lambda rule: rule.important_level == "first").months = 4
        intervals.filtered(lambda rule: rule.important_level == "temporary").months = 0
        cls.partner = cls._create_customer(power_important_level="first")
        cls.point = cls._create_point(cls.partner, area_id=cls.area.id)

    def _plan(self):
        with self._no_commit():
            self.env["power.service.record"]._cron_plan_inspections()
        return self.partner.power_service_record_ids.filtered(lambda r: r.state == "planned")

    def test_an_interval_after_the_last_one(self):
        self._create_record(self.partner, kind="inspection", date_done="2026-07-01").action_done()
        # equipment checks count: 5 October and four months
        self._create_record(
            self.partner, kind="equipment_check", date_done="2026-10-05"
        ).action_done()
        inspection = self._plan()
        self.assertEqual(inspection.date_planned.date(), date(2027, 2, 5))
        self.assertEqual((inspection.kind, inspection.origin), ("inspection", "importance"))
        self.assertEqual((inspection.user_id, inspection.company_id), (self.manager, self.bureau))
        activity = inspection.activity_ids
        self.assertEqual(
            (activity.user_id, activity.date_deadline, activity.activity_type_id),
            (
                self.manager,
                date(2027, 2, 5),
                self.env.ref("power_crm.mail_activity_type_inspection"),
            ),
        )

    def test_never_twice(self):
        first = self._plan()
        self.assertEqual(self._plan(), first)
        first.action_done()
        self.assertFalse(first.activity_ids)
        following = self._plan()
        self.assertEqual(following.date_planned.date(), date(2027, 3, 22))

    def test_visits_are_not_inspections(self):
        self._create_record(self.partner, kind="visit")
        self.assertEqual(set(self._plan().mapped("kind")), {"visit", "inspection"})

    def test_nobody_else_is_inspected(self):
        temporary = self._create_customer(power_important_level="temporary")
        ordinary = self._create_customer()
        for partner in (temporary, ordinary):
            self._create_point(partner)
        self._plan()
        self.assertFalse((temporary + ordinary).power_service_record_ids)

    def test_plan_on_the_customer(self):
        partner = self.partner
        self.assertFalse(partner.power_last_visit_date or partner.power_next_inspection_date)
        self._create_record(partner, kind="visit", date_done="2026-09-01").action_done()
        self._create_record(partner, kind="visit", date_done="2026-10-01").action_done()
        self._create_record(partner, kind="visit", date_planned="2026-12-24 08:00:00")
        self._create_record(partner, kind="visit", date_planned="2027-01-24 08:00:00")
        self._plan()
        self.assertEqual(
            (partner.power_last_visit_date, partner.power_next_visit_date),
            (date(2026, 10, 1), date(2026, 12, 24)),
        )
        self.assertEqual(
            (partner.power_last_inspection_date, partner.power_next_inspection_date),
            (False, date(2027, 3, 22)),
        )

    def test_overdue(self):
        visit = self._create_record(self.partner, kind="visit", date_planned="2026-11-01 08:00:00")
        self._create_record(self.partner, kind="visit", date_planned="2026-12-01 08:00:00")
        action = self.env.ref("power_crm.power_service_record_action_overdue")
        found = self.env["power.service.record"].search(
            [
                *literal_eval(action.domain),
                ("is_late", "=", True),
                ("partner_id", "=", self.partner.id),
            ]
        )
        self.assertEqual(found, visit)
