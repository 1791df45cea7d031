from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY, GradingCase


@tagged("post_install", "-at_install")
class TestGate(GradingCase):
    """What a button does, an import or a remote call that writes ``state`` does too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._create_customers(95, 60)
        cls.scheme = cls._create_scheme(leading=True)
        cls.scheme.action_activate()

    def _create_override(self, **vals):
        return self.env["power.grading.override"].create(
            {
                "partner_id": self.partners[1].id,
                "company_id": self.bureau.id,
                "axis": "credit",
                "band_id": self.scheme._get_bands()[0].id,
                "reason": "Guaranteed by the city",
                "date_from": "2020-01-01",
                "date_to": "2099-12-31",
                **vals,
            }
        )

    def test_approval_by_write(self):
        run = self._run(self.scheme, approve=False)
        run.write({"state": "approved"})
        self.assertEqual(self.partners.mapped("power_grade_credit"), ["A", "C"])
        self.assertEqual(run.approver_id, self.env.user)
        self.assertEqual(self.partners.power_grading_result_ids.mapped("current"), [True, True])

    def test_undo_by_write(self):
        run = self._run(self.scheme)
        run.write({"state": "undone"})
        self.assertEqual(self.partners.mapped("power_grade_credit"), [False, False])
        self.assertFalse(self.partners.power_grading_result_ids)

    def test_only_the_last_is_undone_by_write(self):
        first, _second = self._run(self.scheme), self._run(self.scheme)
        with self.assertRaisesRegex(UserError, "later run"):
            first.write({"state": "undone"})

    def test_an_overtaken_run_is_refused_by_write(self):
        runs = self._run(self.scheme, approve=False) + self._run(self.scheme, approve=False)
        with self.assertRaisesRegex(UserError, "another run"):
            runs.write({"state": "approved"})

    def test_computed_by_write_needs_results(self):
        run = self.env["power.grading.run"].create({"company_id": self.bureau.id, "date": TODAY})
        run.write({"state": "running"})
        with self.assertRaisesRegex(UserError, "Compute"):
            run.write({"state": "computed"})

    def test_cancel_by_write_forgets(self):
        run = self._run(self.scheme, approve=False)
        run.write({"state": "cancelled"})
        self.assertFalse(
            self.env["power.grading.result"].search([("line_id", "in", run.line_ids.ids)])
        )

    def test_a_run_is_not_created_in_force(self):
        with self.assertRaisesRegex(UserError, "cannot go from"):
            self.env["power.grading.run"].create(
                {"company_id": self.bureau.id, "date": TODAY, "state": "approved"}
            )

    def test_day_and_schemes_of_a_computed_run_stay(self):
        run = self._run(self.scheme)
        for vals in ({"date": "2026-01-01"}, {"line_ids": [(5,)]}):
            with self.assertRaisesRegex(UserError, "has been computed"):
                run.write(vals)
        with self.assertRaisesRegex(UserError, "evidence"):
            run.line_ids.unlink()

    def test_override_by_write(self):
        self._run(self.scheme)
        override = self._create_override()
        override.write({"state": "approved"})
        self.assertEqual(self.partners[1].power_grade_credit, "A")
        with self.assertRaisesRegex(UserError, "evidence"):
            override.unlink()
        override.write({"state": "ended"})
        self.assertEqual(self.partners[1].power_grade_credit, "C")

    def test_override_imported_in_force(self):
        self._run(self.scheme)
        self._create_override(state="approved")
        self.assertEqual(self.partners[1].power_grade_credit, "A")
        keeper = self._create_user("account_manager")
        with self.assertRaisesRegex(UserError, "A manager decides"):
            self._import_as(keeper)

    def _import_as(self, user):
        vals = self._create_override().copy_data()[0]
        self.env["power.grading.override"].with_user(user).create({**vals, "state": "approved"})

    def test_scheme_by_write(self):
        new = self.scheme.browse(self.scheme.action_new_version()["res_id"])
        new.write({"state": "active"})
        self.assertEqual(self.scheme.state, "retired")
        self.assertTrue(new.leading)
