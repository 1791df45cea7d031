from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.power_crm.tests.common import ROLES

from .common import GradingCase

READERS = dict.fromkeys(ROLES, "R")
SCHEME = READERS | {"analyst": "CRWU", "manager": "CRWU"}
MATRIX = {
    "power.grading.scheme": SCHEME,
    "power.grading.indicator": SCHEME,
    "power.grading.step": SCHEME,
    "power.grading.band": SCHEME,
    "power.grading.rule": SCHEME,
    "power.grading.rule.condition": SCHEME,
    "power.grading.cap": SCHEME,
    "power.grading.run": SCHEME,
    "power.grading.run.line": SCHEME,
    "power.grading.run.total": READERS,
    "power.grading.backtest": SCHEME,
    "power.grading.backtest.band": READERS,
    "power.grading.result": READERS,
    "power.grading.override": READERS
    | {"account_manager": "CRW", "analyst": "CRW", "manager": "CRWU"},
    "power.grading.appeal": READERS | {"agent": "CRW", "account_manager": "CRW", "manager": "CRWU"},
    "power.breach": READERS | {"agent": "CRW", "account_manager": "CRW", "manager": "CRWU"},
    "power.consequence": READERS | {"manager": "CRWU"},
    "power.service.level.rule": READERS | {"manager": "CRWU"},
    "power.grading.level.confirm": {"account_manager": "CRWU", "manager": "CRWU"},
    "power.grading.try": {"analyst": "CRWU", "manager": "CRWU"},
    "power.grading.comparison": dict.fromkeys(ROLES, "CRWU"),
    "power.grading.difference": READERS,
}
OPERATIONS = {"C": "create", "R": "read", "W": "write", "U": "unlink"}


@tagged("post_install", "-at_install")
class TestAccess(GradingCase):
    def test_roles(self):
        for role in ROLES:
            env = self.env(user=self._create_user(role))
            for model, roles in MATRIX.items():
                for letter, operation in OPERATIONS.items():
                    with self.subTest(role=role, model=model, operation=operation):
                        self.assertEqual(
                            env[model].has_access(operation), letter in roles.get(role, "")
                        )

    def test_portal_and_plain_staff_see_nothing(self):
        users = (
            new_test_user(self.env, "grading_portal", groups="base.group_portal"),
            new_test_user(self.env, "grading_plain", groups="base.group_user"),
        )
        for user in users:
            for model in MATRIX:
                self.assertFalse(self.env(user=user)[model].has_access("read"), model)
            with self.assertRaises(AccessError):
                self.env(user=user)["power.grading.result"].search([])
            partners = self.env(user=user)["res.partner"]
            for axis in ("credit", "value", "risk", "pyramid"):
                name = f"power_grade_{axis}"
                with self.assertRaises(AccessError):
                    user.partner_id.with_user(user).read([name])
                with self.assertRaises(AccessError):
                    partners.search([(name, "=", "D")])
                with self.assertRaises(AccessError):
                    partners.formatted_read_group([], [name], ["__count"])

    def test_other_company(self):
        partners = self._create_customers(95)
        scheme = self._create_scheme()
        scheme.action_activate()
        run = self._run(scheme)
        stranger = self._create_user("manager", self._create_bureau("Elsewhere"))
        env = self.env(user=stranger, context={"allowed_company_ids": stranger.company_id.ids})
        self.assertFalse(env["power.grading.run"].search([("id", "=", run.id)]))
        self.assertFalse(env["power.grading.result"].search([("partner_id", "in", partners.ids)]))
        self.assertTrue(env["power.grading.scheme"].search([("id", "=", scheme.id)]))

    def test_an_analyst_does_not_approve(self):
        self._create_customers(95)
        scheme = self._create_scheme()
        scheme.action_activate()
        analyst = self._create_user("analyst")
        run = (
            self.env["power.grading.run"]
            .with_user(analyst)
            .create({"company_id": self.bureau.id, "line_ids": [(0, 0, {"scheme_id": scheme.id})]})
        )
        run.action_compute()
        with self.assertRaisesRegex(UserError, "by a manager"):
            run.action_approve()
        self.assertEqual(run.state, "computed")
        with self.assertRaisesRegex(UserError, "by a manager"):
            run.write({"state": "approved"})

    def test_nobody_puts_grades_in_force_by_hand(self):
        self._create_customers(95)
        scheme = self._create_scheme()
        other = self._create_scheme("other")
        (scheme | other).action_activate()
        run = self._run(scheme, approve=False)
        draft = self.env["power.grading.run"].create({"company_id": self.bureau.id})
        for role in ("analyst", "manager"):
            env = self.env(user=self._create_user(role))
            line = run.line_ids.with_env(env)
            for change in (
                lambda line=line: line.write({"force_number": 99}),
                lambda line=line: line.write({"cuts": {}, "state": "waiting"}),
                lambda line=line: line.write({"run_id": draft.id}),
                lambda line=line: line.write({"scheme_id": other.id}),
                lambda line=line: line.copy({"scheme_id": other.id}),
                lambda line=line: line.create({"run_id": run.id, "scheme_id": other.id}),
                lambda line=line: line.create({"run_id": draft.id, "force_number": 99}),
                lambda line=line: line.unlink(),
                lambda line=line: line.run_id.write({"approver_id": line.env.uid}),
                lambda line=line: line.run_id.create({"date_approved": "2026-01-01"}),
            ):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    change()
        self.assertFalse(run.line_ids.force_number)
        # what a person chooses remains open
        draft.line_ids.with_env(env).filtered(lambda line: line.scheme_id == other).unlink()
        draft.with_env(env).action_compute()
        self.assertEqual(draft.line_ids.scheme_id, scheme)

    def test_an_override_is_decided_by_a_manager(self):
        (partner,) = self._create_customers(95)
        scheme = self._create_scheme(leading=True)
        scheme.action_activate()
        self._run(scheme)
        keeper = self._create_user("account_manager")
        override = (
            self.env["power.grading.override"]
            .with_user(keeper)
            .create(
                {
                    "partner_id": partner.id,
                    "company_id": self.bureau.id,
                    "axis": "credit",
                    "band_id": scheme._get_bands()[3].id,
                    "reason": "I know them",
                    "date_to": "2099-12-31",
                }
            )
        )
        with self.assertRaisesRegex(UserError, "A manager decides"):
            override.action_approve()
        self.assertEqual(partner.power_grade_credit, "A")
        with self.assertRaisesRegex(AccessError, "found by the application"):
            override.approver_id = keeper
        override.sudo().with_user(self.env.user).action_approve()
        self.assertEqual(partner.power_grade_credit, "D")
        for change in ({"band_id": scheme._get_bands()[1].id}, {"reason": "Another"}):
            with self.assertRaisesRegex(UserError, "what was decided is not changed"):
                override.write(change)


@tagged("post_install", "-at_install")
class TestPortal(HttpCase, GradingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner, cls.neighbour = cls._create_customers(60, 95)
        cls.open = cls._create_scheme("open", portal_visible=True, leading=True)
        cls.secret = cls._create_scheme("secret", axis="risk")
        (cls.open | cls.secret).action_activate()
        cls._run(cls.open, cls.secret)
        new_test_user(
            cls.env,
            "grading_customer",
            groups="base.group_portal",
            partner_id=cls.partner.id,
            company_id=cls.bureau.id,
            company_ids=[(6, 0, cls.bureau.ids)],
        )

    def _grade(self, partner):
        return self.env["power.grading.result"].search(
            [("partner_id", "=", partner.id), ("family", "=", self.open.code)], order="id desc"
        )

    def test_reads_why(self):
        self.authenticate("grading_customer", "grading_customer")
        page = self.url_open("/my/power/grades").text
        self.assertIn("Scheme open", page)
        self.assertIn("What would change it", page)
        self.assertNotIn("Scheme secret", page)
        self.assertNotIn("Customer 1", page)

    def test_appeals(self):
        self.authenticate("grading_customer", "grading_customer")
        self._appeal(self._grade(self.partner), "Our meter was changed.")
        appeal = self.env["power.grading.appeal"].search([("partner_id", "=", self.partner.id)])
        self.assertEqual((appeal.state, appeal.text), ("open", "Our meter was changed."))
        self.assertEqual((appeal.deadline - appeal.date).days, 15)
        self.assertTrue(appeal.activity_ids)
        self.assertIn("Our meter was changed.", self.url_open("/my/power/grades").text)
        # once is enough
        self._appeal(self._grade(self.partner), "Again.")
        self.assertEqual(
            self.env["power.grading.appeal"].search_count([("partner_id", "=", self.partner.id)]), 1
        )
        with self.assertRaisesRegex(UserError, "write the answer first"):
            appeal.action_reject()
        agent = appeal.with_user(self._create_user("agent"))
        for change in ({"text": "Nothing."}, {"deadline": "2099-12-31"}):
            with self.assertRaisesRegex(UserError, "stay as they are"):
                agent.write(change)
        agent.answer = "The readings were right."
        agent.action_reject()
        with self.assertRaisesRegex(UserError, "stay as they are"):
            agent.answer = "Or not."
        # decided by a person, and appealed against anew: both outlive the next run
        override = self.env["power.grading.override"].create(
            {
                "partner_id": self.partner.id,
                "company_id": self.bureau.id,
                "axis": "credit",
                "band_id": self.open._get_bands()[1].id,
                "reason": "A secret of the house",
                "date_to": "2099-12-31",
            }
        )
        override.action_approve()
        self._appeal(self._grade(self.partner), "And the wiring.")
        self.partner.power_supply_point_ids.capacity_kva = 10
        self._run(self.open)
        page = self.url_open("/my/power/grades").text
        self.assertRegex(page, r"fs-4[^>]*>B<")
        self.assertRegex(page, r"A person decided this grade[^<]*<span>12/31/2099")
        self.assertRegex(page, r"By the figures below it would be <strong>D<")
        self.assertNotIn("A secret of the house", page)
        for text in ("The readings were right.", "And the wiring.", "Will be answered by"):
            self.assertIn(text, page)
        self.assertNotIn("This grade is wrong", page)
        self._appeal(self._grade(self.partner)[:1], "And more.")
        self.assertEqual(self._count_open(), 1)
        with self.assertRaisesRegex(UserError, "waits for its answer already"):
            agent.sudo().create(
                {
                    "result_id": self._grade(self.partner)[:1].id,
                    "partner_id": self.partner.id,
                    "company_id": self.bureau.id,
                    "text": "Called again",
                }
            )

    def test_recorded_on_the_telephone(self):
        keeper = self._create_user("account_manager", lang="en_US")
        self.partner.write({"power_dedicated_manager_id": keeper.id, "email": "a@example.com"})
        agent = self._create_user("agent")
        appeals = self.env["power.grading.appeal"].with_user(agent)
        vals = {"partner_id": self.partner.id, "text": "The meter was wrong."}
        with (
            self.assertRaisesRegex(UserError, "customer's own grades"),
            self.env.cr.savepoint(),
        ):
            appeals.create({**vals, "result_id": self._grade(self.neighbour).id})
        appeal = appeals.create({**vals, "result_id": self._grade(self.partner).id})
        self.assertEqual((appeal.company_id, appeal.user_id), (self.bureau, keeper))
        appeal.answer = "You are right."
        # an agent cannot ask for the override: who can is told to
        self.assertIs(appeal.action_accept(), True)
        self.assertEqual(appeal.activity_ids.user_id, keeper)
        self.assertIn("Ask for the override", appeal.activity_ids.summary)
        told = appeal.message_ids.filtered(lambda message: self.partner in message.partner_ids)
        self.assertIn("Accepted. You are right.", told.body)

    def _count_open(self):
        return self.env["power.grading.appeal"].search_count(
            [("partner_id", "=", self.partner.id), ("state", "=", "open")]
        )

    def _appeal(self, result, text):
        return self.url_open(
            f"/my/power/grades/{result.id}/appeal",
            data={"text": text, "csrf_token": self._csrf_token()},
        )

    def _csrf_token(self):
        from odoo import http

        return http.Request.csrf_token(self)

    def test_workbook_is_for_who_reads_runs(self):
        run = self.env["power.grading.run"].search([("company_id", "=", self.bureau.id)])
        attachments = self.env["ir.attachment"].search_count([("res_model", "=", run._name)])
        url = run.action_export_workbook()["url"]
        for login, status in (("grading_customer", 404), (self._create_user("agent").login, 200)):
            self.authenticate(login, login)
            with mute_logger("odoo.http"):
                response = self.url_open(url)
            self.assertEqual(response.status_code, status)
        self.assertEqual(response.content[:2], b"PK")
        self.assertEqual(
            self.env["ir.attachment"].search_count([("res_model", "=", run._name)]), attachments
        )

    def test_not_against_the_grade_of_another(self):
        self.authenticate("grading_customer", "grading_customer")
        with mute_logger("odoo.http"):
            self._appeal(self._grade(self.neighbour), "It is too good.")
        self.assertFalse(
            self.env["power.grading.appeal"].search([("partner_id", "=", self.neighbour.id)])
        )
