from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ROLES, PowerCase

# model: {role: what it may do (Create, Read, Write, Unlink)}; a role not named may nothing.
READERS = dict.fromkeys(ROLES, "R")
MATRIX = {
    "power.supply.point": READERS | {"agent": "CRW", "account_manager": "RW", "manager": "CRWU"},
    "power.supply.source": READERS
    | {"agent": "CRWU", "account_manager": "CRWU", "manager": "CRWU"},
    "power.generator": READERS | {"agent": "CRWU", "account_manager": "CRWU", "manager": "CRWU"},
    "power.area": READERS | {"manager": "CRWU"},
    "power.usage.category": READERS | {"manager": "CRWU"},
    "power.industry": READERS | {"manager": "CRWU"},
    "power.inspection.interval": READERS | {"manager": "CRWU"},
    "power.workday": READERS | {"finance": "CRWU", "manager": "CRWU"},
    "power.sender.token": {"manager": "CRWU"},
    "power.intake.hit": {"manager": "R"},
    "power.service.level": READERS | {"manager": "CRWU"},
    "power.callback": READERS | {"agent": "CRW", "account_manager": "CRW", "manager": "CRWU"},
    "power.licence": {
        "agent": "CRW",
        "account_manager": "CRW",
        "billing_clerk": "R",
        "finance": "R",
        "manager": "CRWU",
    },
    "power.service.record": READERS
    | {
        "agent": "CRW",
        "account_manager": "CRW",
        "dispatcher": "CRW",
        "crew": "CRW",
        "manager": "CRWU",
    },
    "power.defect": READERS
    | {
        "agent": "CRW",
        "account_manager": "CRW",
        "dispatcher": "CRW",
        "crew": "CRW",
        "manager": "CRWU",
    },
    "power.manager.assignment": READERS,
    "power.portfolio.transfer": {"manager": "CRWU"},
    "power.customer.import": {"agent": "CRWU", "manager": "CRWU"},
    "power.customer.import.problem": {"agent": "CRWU", "manager": "CRWU"},
    "res.partner": READERS | {"agent": "CRWU", "account_manager": "CRWU", "manager": "CRWU"},
}
OPERATIONS = {"C": "create", "R": "read", "W": "write", "U": "unlink"}


@tagged("post_install", "-at_install")
class TestAccess(PowerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._create_user(role) for role in ROLES}
        cls.partner = cls._create_customer(phone="13912345678")
        cls.point = cls._create_point(cls.partner)
        cls.record = cls._create_record(cls.partner, user_id=cls.users["agent"].id)

    def test_matrix(self):
        for model, allowed in MATRIX.items():
            for role, user in self.users.items():
                records = self.env[model].with_user(user)
                actual = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if records.has_access(operation)
                )
                self.assertEqual(actual, allowed.get(role, ""), f"{model} {role}")

    def test_matrix_names_every_model(self):
        models = {
            name
            for name, model in self.registry.items()
            if not model._abstract and model._original_module == "power_crm"
        }
        self.assertLessEqual(models, set(MATRIX))

    def test_agent_works_with_customers(self):
        env = self.env(user=self.users["agent"])
        partner = env["res.partner"].create({"name": "New", "power_is_customer": True})
        point = env["power.supply.point"].create(
            {"partner_id": partner.id, "company_id": self.bureau.id}
        )
        point.action_activate()
        self.assertEqual(point.state, "active")
        with self.assertRaises(AccessError):
            point.unlink()

    def test_readers_write_nothing(self):
        for role in ("user", "analyst", "billing_clerk", "finance", "crew", "dispatcher"):
            point = self.point.with_user(self.users[role])
            self.assertEqual(point.read(["number"])[0]["number"], self.point.number)
            with self.assertRaises(AccessError):
                point.write({"boundary": "x"})
            with self.assertRaises(AccessError):
                point.action_activate()

    def test_crew_writes_its_own_records_only(self):
        crew = self.users["crew"]
        own = (
            self.env["power.service.record"]
            .with_user(crew)
            .create({"partner_id": self.partner.id, "company_id": self.bureau.id})
        )
        own.result = "Done"
        own.action_done()
        with self.assertRaises(AccessError):
            self.record.with_user(crew).result = "x"
        with self.assertRaises(AccessError):
            self.record.with_user(crew).copy({"user_id": self.users["agent"].id})
        defect = (
            self.env["power.defect"]
            .with_user(crew)
            .create({"name": "D", "service_record_id": own.id})
        )
        defect.action_notice()
        self.assertEqual(defect.state, "noticed")

    def test_crew_with_another_role_writes_all(self):
        both = self._create_user("crew", groups="power_crm.group_crew,power_crm.group_agent")
        self.record.with_user(both).result = "x"

    def test_licences_are_hidden_from_those_who_do_not_need_them(self):
        self._create_licence(self.partner)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.partner.with_user(self.users["crew"]).read(["power_licence_ids"])
        arch = (
            self.env["res.partner"]
            .with_user(self.users["crew"])
            .get_view(self.env.ref("base.view_partner_form").id, "form")["arch"]
        )
        self.assertIn("power_supply_point_ids", arch)
        self.assertNotIn("power_licence_ids", arch)

    def test_export(self):
        exporting = {
            role for role, user in self.users.items() if user.has_group("base.group_allow_export")
        }
        self.assertEqual(exporting, set(ROLES) - {"user", "crew"})

    def test_every_action_opens_for_its_readers(self):
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "in", [model for model in MATRIX if model != "res.partner"])]
        )
        for action in actions.filtered(
            lambda a: a.get_external_id()[a.id].startswith("power_crm.")
        ):
            self.assertTrue(action.help, action.name)
            views = [(False, mode) for mode in action.view_mode.split(",")]
            for role in ("analyst", "manager"):
                model = self.env[action.res_model].with_user(self.users[role])
                if model.has_access("read"):
                    model.get_views(views)

    def test_menus_of_each_role(self):
        configuration = self.env.ref("power_crm.menu_configuration")
        licences = self.env.ref("power_crm.menu_licences")
        root = self.env.ref("power_crm.menu_root")
        for role, user in self.users.items():
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertIn(root.id, visible)
            self.assertEqual(configuration.id in visible, role == "manager", role)
            self.assertEqual(
                licences.id in visible, "R" in MATRIX["power.licence"].get(role, ""), role
            )


@tagged("post_install", "-at_install")
class TestPortalAccess(PowerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner, cls.stranger = (cls._create_customer(name) for name in ("Mine", "Other"))
        cls.contact = cls._create_customer("Li", parent_id=cls.partner.id, is_company=False)
        cls.user = new_test_user(
            cls.env, "crm_portal", groups="base.group_portal", partner_id=cls.contact.id
        )
        cls.own, cls.other = cls._create_point(cls.partner), cls._create_point(cls.stranger)
        cls.shared = cls._create_record(cls.partner, shared_with_customer=True)
        cls.internal = cls._create_record(cls.partner)
        cls.foreign = cls._create_record(cls.stranger, shared_with_customer=True)
        cls.licence, cls.foreign_licence = (
            cls._create_licence(partner) for partner in (cls.partner, cls.stranger)
        )

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_search_finds_ones_own(self):
        for seen, hidden in (
            (self.own, self.other),
            (self.shared, self.internal + self.foreign),
            (self.licence, self.foreign_licence),
        ):
            found = seen.with_user(self.user).search([("id", "in", (seen + hidden).ids)])
            self.assertEqual(found, seen)

    def test_strangers_records_are_refused(self):
        for hidden in (self.other, self.internal, self.foreign, self.foreign_licence):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                hidden.with_user(self.user).read(["display_name"])

    def test_nothing_is_written(self):
        for record in (self.own, self.shared, self.licence):
            mine = record.with_user(self.user)
            self.assertTrue(mine.has_access("read"))
            for operation in ("create", "write", "unlink"):
                self.assertFalse(mine.has_access(operation), (record._name, operation))

    def test_internal_models_are_closed(self):
        for model in (
            "power.supply.source",
            "power.generator",
            "power.area",
            "power.defect",
            "power.manager.assignment",
            "power.service.level",
            "power.portfolio.transfer",
        ):
            self.assertFalse(self.env[model].with_user(self.user).has_access("read"), model)

    def test_internal_judgements_are_closed(self):
        fields = (
            "power_important_reason",
            "power_service_level_id",
            "power_service_plan",
            "power_related_ids",
            "power_duplicate_ids",
            "power_service_record_ids",
        )
        for name in fields:
            with self.assertRaises(AccessError):
                self.partner.with_user(self.user).read([name])
        with self.assertRaises(AccessError):
            self.licence.with_user(self.user).read(["note"])
