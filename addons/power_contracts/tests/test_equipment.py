from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import ContractsCase


@tagged("post_install", "-at_install")
class TestEquipment(ContractsCase):
    def _get_due(self, equipment, code):
        return equipment.due_ids.filtered(lambda due: due.type_id.code == code)

    def test_customer_comes_from_the_supply_point(self):
        self.assertEqual(self.transformer.partner_id, self.customer)
        self.assertEqual(self.transformer.company_id, self.bureau)
        self.assertTrue(self.transformer.number)

    def test_never_tested_is_due_from_commissioning(self):
        # In operation since 31 March 2020, insulation every 36 months: 31 March 2023.
        due = self._get_due(self.transformer, "insulation")
        self.assertEqual(due.date_due, date(2023, 3, 31))
        self.assertTrue(self.transformer.is_test_overdue)
        self.assertIn(
            self.transformer,
            self.env["power.equipment"].search([("is_test_overdue", "=", True)]),
        )

    def test_test_moves_the_next_one(self):
        self._create_test(self.transformer, "insulation", date(2024, 2, 29), value=2500)
        due = self._get_due(self.transformer, "insulation")
        # 29 February 2024 and 36 months: 2027 has no such day.
        self.assertEqual((due.date_last, due.date_due), (date(2024, 2, 29), date(2027, 2, 28)))
        self.assertEqual(
            self._get_due(self.transformer, "winding").date_due, date(2023, 3, 31), "untouched"
        )

    def test_skipped_test_moves_nothing(self):
        test = self._create_test(
            self.transformer,
            "insulation",
            date(2024, 3, 1),
            outcome="skipped",
            note="Could not be switched off",
        )
        self.assertEqual(self._get_due(self.transformer, "insulation").date_due, date(2023, 3, 31))
        self.assertEqual(test.verdict, "none")

    def test_out_of_use_is_not_tested(self):
        self.transformer.action_put_out_of_use()
        self.assertFalse(self.transformer.due_ids)
        self.transformer.action_use()
        self.assertTrue(self.transformer.due_ids)
        self.transformer.action_scrap()
        with self.assertRaises(UserError):
            self.transformer.action_use()

    def test_measured_figure_is_judged(self):
        # DL/T 596-1996: at most 4 Ω for 100 kVA and more; exactly 4 Ω is allowed.
        grid = self._create_equipment("earthing", name="Earthing grid")
        verdicts = [
            self._create_test(grid, "earth", date(2024, 5, 6), value=value).verdict
            for value in (3.2, 4.0, 4.1)
        ]
        self.assertEqual(verdicts, ["pass", "pass", "fail"])
        # At least 1000 MΩ for an arrester up to 35 kV.
        arrester = self._create_equipment("arrester", name="Arrester")
        verdicts = [
            self._create_test(arrester, "insulation", date(2024, 5, 6), value=value).verdict
            for value in (999, 1000)
        ]
        self.assertEqual(verdicts, ["fail", "pass"])

    def test_past_test_keeps_its_limits(self):
        grid = self._create_equipment("earthing", name="Earthing grid")
        old = self._create_test(grid, "earth", date(2024, 5, 6), value=3.5)
        rule = self.env.ref("power_contracts.test_rule_earthing_earth")
        rule.date_to = date(2024, 12, 31)
        rule.copy(
            {"date_from": date(2025, 1, 1), "date_to": False, "maximum": 1, "source": "Edition 2"}
        )
        new = self._create_test(grid, "earth", date(2025, 5, 6), value=3.5)
        self.assertEqual((old.verdict, old.maximum), ("pass", 4))
        self.assertEqual((new.verdict, new.source), ("fail", "Edition 2"))

    def test_two_rules_on_one_day_are_refused(self):
        rule = self.env.ref("power_contracts.test_rule_earthing_earth")
        for date_to in (False, date(2025, 2, 1)):
            refusal = self.assertRaisesRegex(ValidationError, "End the older rule")
            with refusal, self.env.cr.savepoint():
                rule.copy({"date_from": date(2025, 1, 1), "date_to": date_to})
        rule.date_to = date(2025, 6, 30)
        self.assertTrue(rule.copy({"date_from": date(2025, 7, 1), "date_to": False}))

    def test_judged_by_eye(self):
        tests = [
            self._create_test(self.transformer, "look", date(2024, 5, 6), looks=looks).verdict
            for looks in ("good", "bad")
        ]
        self.assertEqual(tests, ["pass", "fail"])

    def test_test_of_tomorrow_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "coming day"):
            self._create_test(self.transformer, "look", date(2099, 1, 1), looks="good")

    def test_skipping_needs_a_reason(self):
        with self.assertRaisesRegex(ValidationError, "say in the note"):
            self._create_test(self.transformer, "look", date(2024, 1, 1), outcome="skipped")

    def test_failed_test_gives_a_defect(self):
        grid = self._create_equipment("earthing", name="Earthing grid")
        test = self._create_test(grid, "earth", date(2024, 5, 6), value=6)
        defect = self.env["power.defect"].create(test._prepare_defect_vals())
        self.assertEqual(
            (defect.equipment_id, defect.partner_id, defect.supply_point_id),
            (grid, self.customer, self.point),
        )
        self.assertEqual(grid.open_defect_count, 1)

    def test_equipment_of_another_customer_is_refused(self):
        other = self._create_customer("Rival Mills")
        with self.assertRaisesRegex(ValidationError, "Choose equipment of this customer"):
            self.env["power.defect"].create(
                {
                    "name": "Oil leak",
                    "partner_id": other.id,
                    "company_id": self.bureau.id,
                    "equipment_id": self.transformer.id,
                }
            )
        with self.assertRaisesRegex(ValidationError, "Choose a supply point"):
            self.transformer.partner_id = other

    def test_roles(self):
        crew = self._create_user("crew")
        analyst = self._create_user("analyst")
        test = self._create_test(self.transformer, "look", date(2024, 5, 6), looks="good")
        test.with_user(crew).note = "Clean"
        self.transformer.with_user(crew).location = "Room 2"
        with self.assertRaises(AccessError):
            self.transformer.with_user(analyst).location = "Room 3"
        with self.assertRaises(AccessError):
            self.env.ref("power_contracts.test_rule_earthing_earth").with_user(crew).months = 1

    def test_companies_and_customers_are_apart(self):
        other = self._create_bureau("Liangxi bureau")
        reader = self._create_user("user", company=other)
        self.assertFalse(
            self.env["power.equipment"]
            .with_user(reader)
            .with_context(allowed_company_ids=other.ids)
            .search([("id", "=", self.transformer.id)])
        )
        owner = self._create_user("user", groups="base.group_portal")
        stranger = self._create_user("user", groups="base.group_portal")
        owner.partner_id.parent_id = self.customer
        equipment = self.env["power.equipment"]
        domain = [("id", "=", self.transformer.id)]
        self.assertTrue(equipment.with_user(owner).search(domain))
        self.assertFalse(equipment.with_user(stranger).search(domain))
        with self.assertRaises(AccessError):
            self.transformer.with_user(owner).write({"name": "Mine"})

    def test_label(self):
        with self.allow_pdf_render():
            report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
            pdf, kind = report._render_qweb_pdf(
                "power_contracts.action_report_equipment_label", self.transformer.ids
            )
        self.assertEqual(kind, "pdf")
        self.assertTrue(pdf.startswith(b"%PDF"))
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "power_contracts.action_report_equipment_label", self.transformer.ids
        )
        self.assertIn(f"%2Fpower%2Fequipment%2F{self.transformer.id}".encode(), html)
