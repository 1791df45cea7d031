import io

import openpyxl

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import GradingCase


@tagged("post_install", "-at_install")
class TestServiceLevel(GradingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rules = cls.env["power.service.level.rule"]
        rules.search([]).active = False
        cls.vip, cls.key, cls.basic = (
            cls.env["power.service.level"].create(
                {"name": code, "code": f"t_{code}", "sequence": place}
            )
            for place, code in enumerate(("vip", "key", "basic"), start=1)
        )
        rules.create(
            [
                {"name": "Good", "credit": "A, B", "level_id": cls.vip.id, "sequence": 1},
                {"name": "Bad", "credit": "D", "level_id": cls.basic.id, "sequence": 2},
                {"name": "Safety", "kind": "minimum", "important": "any", "level_id": cls.key.id},
            ]
        )
        cls.scheme = cls._create_scheme(leading=True)
        cls.scheme.action_activate()

    def test_follows_the_grades(self):
        partners = self._create_customers(95, 75, 60, 10)
        self._run(self.scheme)
        levels = [partner.power_service_level_id for partner in partners]
        none = self.env["power.service.level"]
        self.assertEqual(levels, [self.vip, self.vip, none, self.basic])

    def test_low_grades_never_lower_what_safety_demands(self):
        (partner,) = self._create_customers(10)
        partner.power_important_level = "second"
        self._run(self.scheme)
        self.assertEqual(partner.power_service_level_id, self.key)
        partner.power_supply_point_ids.capacity_kva = 95
        self._run(self.scheme)
        self.assertEqual(partner.power_service_level_id, self.vip)

    def test_follows_at_once(self):
        """Neither a decision of a person nor what safety demands waits for the next run."""
        partner, plain = self._create_customers(10, 10)
        self._run(self.scheme)
        self.assertEqual(partner.power_service_level_id, self.basic)
        partner.power_supply_point_ids.life_support = True
        self.assertEqual(partner.power_service_level_id, self.basic)
        self.env["power.service.level.rule"].create(
            {"name": "Ward", "kind": "minimum", "life_support": True, "level_id": self.key.id}
        )
        partner.power_supply_point_ids.life_support = False
        partner.power_supply_point_ids.life_support = True
        self.assertEqual(partner.power_service_level_id, self.key)
        override = self.env["power.grading.override"].create(
            {
                "partner_id": partner.id,
                "company_id": self.bureau.id,
                "axis": "credit",
                "band_id": self.scheme._get_bands()[1].id,
                "reason": "Guaranteed by the city",
                "date_from": "2020-01-01",
                "date_to": "2099-12-31",
            }
        )
        override.action_approve()
        self.assertEqual(partner.power_service_level_id, self.vip)
        override.action_end()
        self.assertEqual(partner.power_service_level_id, self.key)
        plain.power_important_level = "second"
        self.assertEqual(plain.power_service_level_id, self.key)
        plain.write({"power_service_level_fixed": True, "power_service_level_id": self.vip.id})
        plain.power_important_level = False
        self.assertEqual(plain.power_service_level_id, self.vip)
        plain.power_service_level_fixed = False
        self.assertEqual(plain.power_service_level_id, self.basic)

    def test_a_new_rule_reaches_everybody(self):
        partners = self._create_customers(95, 60)
        self._run(self.scheme)
        self.assertFalse(partners[1].power_service_level_id)
        job = self.env.ref("power_grading.ir_cron_service_level")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)])
        self.env["power.service.level.rule"].create(
            {"name": "Middling", "credit": "C", "level_id": self.key.id}
        )
        self.assertEqual(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)]), triggers + 1
        )
        with self._no_commit():
            self.env["power.service.level.rule"]._cron_apply()
        self.assertEqual(partners.mapped("power_service_level_id"), self.vip | self.key)

    def test_a_shared_customer_follows_the_company_of_its_largest_supply(self):
        other = self._create_bureau("Elsewhere")
        partner = self._create_customer("Shared", company_id=False)
        self._create_point(partner, capacity_kva=95)
        self._create_point(partner, capacity_kva=5, company_id=other.id)
        self._run(self.scheme)
        self.assertEqual(partner.power_service_level_id, self.vip)
        rules = self.env["power.service.level.rule"]
        rules.create({"name": "All", "company_id": other.id, "level_id": self.basic.id})
        with self._no_commit():
            rules._cron_apply()
        self.assertEqual(partner.power_service_level_id, self.vip)

    def test_account_manager_is_told(self):
        keeper = self._create_user("account_manager", lang="en_US")
        (partner,) = self._create_customers(95)
        partner.power_dedicated_manager_id = keeper
        self._run(self.scheme)
        self.assertFalse(partner.activity_ids)
        partner.power_supply_point_ids.capacity_kva = 10
        self._run(self.scheme)
        self.assertEqual(partner.activity_ids.user_id, keeper)
        self.assertEqual(partner.activity_ids.summary, "Service level: basic instead of vip")

    def test_the_way_of_paying_follows(self):
        keeper = self._create_user("account_manager", lang="en_US")
        rules = self.env["power.service.level.rule"]
        bad, safety = (rules.search([("name", "=", name)]) for name in ("Bad", "Safety"))
        bad.payment = "prepay"
        small, ward, good = self._create_customers(10, 10, 95)
        ward.power_important_level = "second"
        (small | ward).power_dedicated_manager_id = keeper
        self._run(self.scheme)
        # what safety demands is no prepayment, however bad the credit
        self.assertEqual([p.power_payment for p in (small, ward)], ["prepay", "usual"])
        self.assertEqual(good.power_payment, "usual")
        self.assertFalse(small.activity_ids)
        safety.payment = bad.payment = "guarantee"
        with self._no_commit():
            rules._cron_apply()
        self.assertEqual([p.power_payment for p in (small, ward)], ["guarantee", "guarantee"])
        self.assertEqual(small.activity_ids.summary, "Way of paying: Guarantee")
        self.assertEqual(small.activity_ids.user_id, keeper)

    def test_kept_by_hand(self):
        (partner,) = self._create_customers(95)
        partner.write({"power_service_level_id": self.key.id, "power_service_level_fixed": True})
        self._run(self.scheme)
        self.assertEqual(partner.power_service_level_id, self.key)

    def test_letters_are_read(self):
        rule = self.env["power.service.level.rule"].create(
            {"name": "x", "credit": " A ,B", "level_id": self.vip.id}
        )
        self.assertEqual(rule._get_letters("credit"), {"A", "B"})
        with self.assertRaises(ValidationError):
            rule.credit = " , "

    def test_importance_is_proposed_not_written(self):
        derive = self._create_scheme(
            "derive",
            axis="importance",
            combination="table",
            bands=(("1", None, None), ("2", None, None)),
            indicators=[self._prepare_indicator(name="Worst", source="consequence")],
        )
        first, second = derive._get_bands()
        worst = derive.indicator_ids
        derive.rule_ids = [
            (0, 0, {"sequence": n, "band_id": band.id, "condition_ids": [
                (0, 0, {"indicator_id": worst.id, "operator": ">=", "value": rank})
            ]})
            for n, (band, rank) in enumerate(((first, 3), (second, 2)))
        ]  # fmt: skip
        derive.action_activate()
        partner, other = self._create_customers(95, 95)
        partner.power_consequence_ids = self.env["power.consequence"].create(
            {"name": "Poisoning", "rank": "3"}
        )
        partner.power_dedicated_manager_id = self._create_user("account_manager", lang="en_US")
        first_run = self._run(derive)
        self.assertFalse(partner.power_important_level)
        self.assertEqual(partner.activity_ids.summary, "Important level to confirm: 1")
        self.assertFalse(other.activity_ids)
        first_run.action_undo()
        self.assertFalse(partner.activity_ids)
        self._run(derive)
        self._run(derive)
        self.assertEqual(len(partner.activity_ids), 1)
        return partner, derive

    def test_level_is_confirmed(self):
        """A person writes what the authority said; without consequences it is proposed to end."""
        partner, derive = self.test_importance_is_proposed_not_written()
        result = self.env["power.grading.result"]._get_in_force(partner)
        self.assertTrue(result.is_level_open)
        action = result.action_confirm_level()
        confirm = (
            self.env[action["res_model"]]
            .with_context(**action["context"])
            .with_user(self._create_user("account_manager"))
            .create({"authority": "Energy bureau of Wuxi"})
        )
        self.assertEqual(confirm.level, "first")
        confirm.action_confirm()
        self.assertEqual(partner.power_important_level, "first")
        self.assertEqual(partner.power_important_authority, "Energy bureau of Wuxi")
        self.assertFalse(partner.activity_ids)
        self.assertFalse(result.is_level_open)
        partner.power_consequence_ids = False
        self._run(derive)
        self.assertEqual(partner.power_important_level, "first")
        self.assertEqual(partner.activity_ids.summary, "Important level to confirm: none any more")


@tagged("post_install", "-at_install")
class TestWorkbook(GradingCase):
    def test_workbook(self):
        self._create_customers(95, 80, 60, 10)
        scheme = self._create_scheme()
        scheme.action_activate()
        self._run(scheme)
        run = self._run(scheme)
        book = openpyxl.load_workbook(io.BytesIO(run._make_workbook()))
        self.assertEqual(book.sheetnames, ["Summary", "Movement", "Who moved", "Scheme test"])
        sheet = book["Scheme test"]
        # nothing changed in the second run, yet every customer is in its workbook
        letters = [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)]
        self.assertEqual(letters, ["A", "B", "C", "D"])
        self.assertEqual(sheet.freeze_panes, "C2")
        self.assertEqual(sheet.auto_filter.ref, "A1:G5")
        self.assertEqual(sheet["E2"].number_format, "#,##0.00")
        self.assertEqual([sheet["F2"].value, sheet["G2"].value], [95, 95])
        summary = [row[:3] for row in book["Summary"].iter_rows(min_row=6, values_only=True)]
        self.assertEqual([row[1:] for row in summary[:4]], [("A", 1), ("B", 1), ("C", 1), ("D", 1)])

    def test_workbook_tells_who_moved(self):
        partners = self._create_customers(95, 80)
        scheme = self._create_scheme()
        scheme.action_activate()
        self._run(scheme)
        partners[0].power_supply_point_ids.capacity_kva = 55
        run = self._run(scheme)
        book = openpyxl.load_workbook(io.BytesIO(run._make_workbook()))
        rows = list(book["Who moved"].iter_rows(min_row=2, values_only=True))
        self.assertEqual(len(rows), 1)
        self.assertEqual(rows[0][1:6], ("Customer 0", "Scheme test", "A", "C", -2))
        self.assertEqual(rows[0][7], "Capacity: 95 → 55")

    def test_workbook_is_ready_to_print(self):
        self._create_customers(95)
        scheme = self._create_scheme()
        scheme.action_activate()
        book = openpyxl.load_workbook(io.BytesIO(self._run(scheme)._make_workbook()))
        self.assertEqual(len(book["Summary"]._charts), 1)
        for sheet in book:
            self.assertEqual(sheet.page_setup.paperSize, 9)
            self.assertTrue(sheet.print_title_rows)
            if sheet.title != "Summary":
                self.assertEqual(sheet.page_setup.orientation, "landscape")
                self.assertTrue(sheet.sheet_properties.pageSetUpPr.fitToPage)
        for name in ("Movement", "Who moved", "Scheme test"):
            self.assertTrue(book[name].freeze_panes)
            self.assertTrue(book[name].auto_filter.ref)

    def test_no_page_cuts_a_scheme(self):
        """Six schemes of 14 rows a page, below a head of three: the seventh begins with row 88."""
        self._create_customers(95)
        schemes = [self._create_scheme(number) for number in range(7)]
        for scheme in schemes:
            scheme.action_activate()
        book = openpyxl.load_workbook(io.BytesIO(self._run(*schemes)._make_workbook()))
        sheet = book["Summary"]
        self.assertEqual([page.id for page in sheet.row_breaks.brk], [87])
        self.assertEqual(sheet["A89"].value, "Scheme")
        self.assertEqual(sheet["C90"].value, 1)
        self.assertEqual(len(sheet._charts), 7)


@tagged("post_install", "-at_install")
class TestLists(GradingCase):
    def test_by_the_scales_in_use(self):
        """Whatever the letters: by their order and their warning levels."""
        self.env["power.grading.scheme"].search([("state", "=", "active")]).leading = False
        stars = (("4*", 90, None), ("3*", 70, 90), ("2*", 50, 70), ("1*", None, 50))
        layers = (("Top", 95, None), ("Next", 70, 95), ("Rest", None, 70))
        schemes = [
            self._create_scheme(axis, bands=bands, axis=axis, leading=True)
            for axis, bands in (
                ("credit", stars),
                ("pyramid", layers),
                ("potential", (("Rising", 75, None), ("Flat", None, 75))),
                ("risk", (("Calm", 50, None), ("Red", None, 50))),
            )
        ]
        for band, warning in zip(schemes[0]._get_bands(), "0012", strict=True):
            band.warning = warning
        schemes[3]._get_bands()[1].warning = "3"
        for scheme in schemes:
            scheme.action_activate()
        partners = self._create_customers(97, 92, 80, 60, 10)
        self._run(*schemes)
        for name, expected in (
            ("power_is_vip", [97]),
            ("power_is_star", [92, 80]),
            ("power_has_green_channel", [97, 92]),
            # a notice is no warning: 60 kVA, two stars, is not on the black list
            ("power_has_bad_credit", [10]),
            ("power_has_high_risk", [10]),
        ):
            with self.subTest(name):
                found = partners.search([("id", "in", partners.ids), (name, "=", True)])
                self.assertEqual(found, partners.filtered(name))
                self.assertEqual(set(found.mapped("power_capacity_kva")), set(expected))
                others = partners.search([("id", "in", partners.ids), (name, "=", False)])
                self.assertEqual(others, partners - found)
        self.assertEqual(partners[0].power_list_note, "VIP, Green channel")
        self.assertEqual(partners[3].power_list_note, "")
