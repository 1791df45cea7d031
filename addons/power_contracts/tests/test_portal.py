from datetime import date, timedelta

from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import format_date

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


@tagged("post_install", "-at_install")
class TestContractPortal(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own, cls.owner = cls._create_customer("Lake Mills", "contract_own")
        cls.rival, cls.stranger = cls._create_customer("Rival Mills", "contract_rival")
        point = cls.env["power.supply.point"].create({"partner_id": cls.own.id})
        cls.equipment = cls.env["power.equipment"].create(
            {
                "name": "Transformer 7",
                "kind_id": cls.env.ref("power_contracts.equipment_kind_transformer").id,
                "supply_point_id": point.id,
            }
        )
        cls.today = fields.Date.context_today(point)
        cls.contract = (
            cls.env["contract.contract"]
            .with_context(skip_modification_mail=True)
            .create(
                {
                    "name": "Lake Mills room",
                    "is_power_service": True,
                    "partner_id": cls.own.id,
                    "date_start": cls.today,
                    "term_end": cls.today + timedelta(days=300),
                    "supply_point_ids": [(6, 0, point.ids)],
                    "contract_line_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": cls.env.ref("power_contracts.product_maintenance").id,
                                "name": "Maintenance",
                                "recurring_rule_type": "monthly",
                                "recurring_invoicing_type": "post-paid",
                                "visit_months": 1,
                                "specific_price": 600,
                            },
                        )
                    ],
                }
            )
        )
        cls.contract.action_open()
        cls.visit = cls.contract.visit_ids.sorted("date_due")[0]

    @classmethod
    def _create_customer(cls, name, login):
        company = cls.env["res.partner"].create({"name": name, "is_company": True})
        user = new_test_user(cls.env, login, groups="base.group_portal", name=f"{name} clerk")
        user.partner_id.parent_id = company
        (company | user.partner_id).lang = "en_US"
        return company, user

    def _post(self, url, **data):
        # The token of the session that authenticate() has just opened.
        data["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(url, data=data)

    def test_list_of_nothing(self):
        self.authenticate("contract_rival", "contract_rival")
        page = self.url_open("/my/contracts").text
        self.assertIn("You have no service contract yet.", page)
        self.assertNotIn("Lake Mills room", page)

    def test_list(self):
        """Each contract with the day of the next visit, its end and how it stands."""
        self.authenticate("contract_own", "contract_own")
        page = self.url_open("/my/contracts").text
        self.assertIn(self.contract.name, page)
        self.assertIn("Next visit", page)
        self.assertIn(format_date(self.env, self.visit.date_planned), page)
        self.assertIn("text-bg-success", page)

    def test_owner(self):
        line = self.contract.contract_line_ids
        line.with_context(skip_modification_mail=True).calls_included = 4
        self.env["power.contract.visit"].create(
            {"contract_id": self.contract.id, "contract_line_id": line.id}
        )
        self.authenticate("contract_own", "contract_own")
        page = self.url_open(f"/my/contracts/{self.contract.id}").text
        self.assertIn("Calls left this year: 3 of 4", page)
        self.assertIn("Transformer 7", page)
        self.assertIn(self.visit.name, page)
        day = self.today + timedelta(days=9)
        self._post(f"/my/power/visits/{self.visit.id}/propose", day=str(day), note="Stop week")
        self.assertEqual(self.visit.proposed_by_id, self.owner.partner_id)
        self.assertEqual((self.visit.proposed_date, self.visit.proposed_note), (day, "Stop week"))
        answer = self._post(f"/my/power/visits/{self.visit.id}/propose", day="no day")
        self.assertIn("cannot be proposed", answer.text)
        page = self.url_open(f"/power/equipment/{self.equipment.id}")
        self.assertIn("Transformer 7", page.text)
        self.assertTrue(page.url.endswith(f"/my/power/equipment/{self.equipment.id}"))

    def test_defects_with_photos_and_advice(self):
        """On the contract and on the page of the equipment; the photo opens for its owner."""
        photo = self.env["ir.attachment"].create({"name": "earthing.png", "datas": PIXEL})
        defect = self.env["power.defect"].create(
            {
                "name": "Rusty earthing",
                "equipment_id": self.equipment.id,
                "attachment_ids": [(6, 0, photo.ids)],
            }
        )
        self.visit.recommendation = "Add two electrodes."
        self.visit.test_ids.write({"outcome": "skipped", "note": "No key"})
        self.visit._set_state("done")
        self.authenticate("contract_own", "contract_own")
        page = self.url_open(f"/my/contracts/{self.contract.id}").text
        self.assertIn("Add two electrodes.", page)
        source = f"/web/image/{photo.id}?access_token={photo.access_token}"
        for text in (page, self.url_open(f"/my/power/equipment/{self.equipment.id}").text):
            self.assertIn("Rusty earthing", text)
            self.assertIn(source, text)
        self.assertEqual(self.url_open(source).headers["Content-Type"], "image/png")
        answer = self._post(f"/my/power/defects/{defect.id}/quote")
        self.assertIn("You asked for a quote.", answer.text)
        self._post(f"/my/power/defects/{defect.id}/quote")
        order = self.env["sale.order"].search([("power_defect_id", "=", defect.id)])
        self.assertEqual(len(order), 1, "once")
        self.assertEqual((order.partner_id, order.power_equipment_ids), (self.own, self.equipment))
        order.action_quotation_sent()
        page = self.url_open(f"/my/contracts/{self.contract.id}").text
        self.assertIn(f"/my/orders/{order.id}?", page, "where it is read and signed")

    def test_renewal_is_signed(self):
        self.contract.renewal_state = "offered"
        end = self.contract.term_end
        self.authenticate("contract_own", "contract_own")
        self.assertIn("Accept and sign", self.url_open(f"/my/contracts/{self.contract.id}").text)
        url = f"/my/contracts/{self.contract.id}/renewal"
        answer = self.make_jsonrpc_request(url, {"name": "", "signature": PIXEL})
        self.assertIn("error", answer)
        answer = self.make_jsonrpc_request(url, {"name": "Li Na", "signature": PIXEL})
        self.assertIn("redirect_url", answer)
        self.assertEqual(self.contract.renewal_signed_by, "Li Na")
        self.assertGreater(self.contract.term_end, end)

    def test_stranger(self):
        self.contract.renewal_state = "offered"
        self.authenticate("contract_rival", "contract_rival")
        for url in (
            f"/my/contracts/{self.contract.id}",
            f"/my/power/visits/{self.visit.id}",
            f"/my/power/equipment/{self.equipment.id}",
        ):
            response = self.url_open(url)
            self.assertNotIn("Transformer 7", response.text, url)
            self.assertNotIn(self.visit.name, response.text, url)
        day = str(self.today + timedelta(days=9))
        self._post(f"/my/power/visits/{self.visit.id}/propose", day=day)
        self.assertFalse(self.visit.proposed_date)
        defect = self.env["power.defect"].create(
            {"name": "Rust", "equipment_id": self.equipment.id}
        )
        self._post(f"/my/power/defects/{defect.id}/quote")
        self.assertFalse(defect.quote_count)
        answer = self.make_jsonrpc_request(
            f"/my/contracts/{self.contract.id}/renewal", {"name": "Eve", "signature": PIXEL}
        )
        self.assertIn("error", answer)
        self._post(f"/my/contracts/{self.contract.id}/decline")
        self.assertEqual(self.contract.renewal_state, "offered")

    def test_change_and_end_are_asked_for(self):
        manager = new_test_user(
            self.env, "contract_manager", groups="power_crm.group_account_manager"
        )
        self.contract.user_id = manager
        self.authenticate("contract_own", "contract_own")
        url = f"/my/contracts/{self.contract.id}/request"
        page = self._post(url, kind="change", text="Cover transformer 8 as well").text
        wish = self.contract.request_ids
        self.assertIn("Cover transformer 8", page)
        self.assertIn(manager.name, page)
        self.assertEqual((wish.kind, wish.state, wish.user_id), ("change", "open", manager))
        self.assertEqual(wish.deadline, self.contract.company_id._get_power_answer_day())
        activity = self.contract.activity_ids.filtered(lambda item: item.user_id == manager)
        self.assertEqual(activity.date_deadline, wish.deadline)
        # one of a kind at a time; an end needs its day
        self.assertIn("cannot be asked", self._post(url, kind="change", text="Again").text)
        self.assertIn("cannot be asked", self._post(url, kind="end", text="Closing down").text)
        past = str(self.today - timedelta(days=1))
        self.assertIn("cannot be asked", self._post(url, kind="end", text="x", day=past).text)
        with self.assertRaises(UserError):
            wish.with_user(manager).action_refuse()
        wish.answer = "Agreed from next month on."
        wish.with_user(manager).action_agree()
        self.assertIn("Agreed from next month on.", self.contract.message_ids[0].body)
        self.assertEqual(self.contract.message_ids[0].partner_ids, self.owner.partner_id)
        self.assertFalse(self.contract.activity_ids.filtered(lambda a: a.user_id == manager))
        day = self.today + timedelta(days=60)
        self._post(url, kind="end", text="Closing down", day=str(day))
        end = self.contract.request_ids - wish
        self.assertEqual(end.date_wished, day)
        self._post(f"/my/power/contract_requests/{end.id}/withdraw")
        self.assertEqual(end.state, "withdrawn")
        self.assertEqual(self.contract.state, "open")

    def test_strangers_ask_nothing(self):
        wish = self.contract._ask_request("change", "Mine", partner=self.owner.partner_id)
        self.authenticate("contract_rival", "contract_rival")
        self._post(f"/my/contracts/{self.contract.id}/request", kind="end", text="x")
        self._post(f"/my/power/contract_requests/{wish.id}/withdraw")
        self.assertEqual((self.contract.request_ids, wish.state), (wish, "open"))
        alien = wish.with_user(self.stranger)
        self.assertFalse(alien.search([("id", "=", wish.id)]))
        with self.assertRaises(AccessError):
            wish.with_user(self.owner).check_access("write")

    def test_late_by_the_day_of_the_utility(self):
        """At 17:00 UTC of the 10th it is the 11th in Shanghai: what was due on the 10th is late."""
        self.env.company.power_tz = "Asia/Shanghai"
        requests = self.env["power.contract.request"].with_context(tz="UTC")
        wish = self.contract._ask_request("change", "Mine", partner=self.owner.partner_id)
        wish.deadline = date(2026, 6, 10)
        with freeze_time("2026-06-10 17:00:00"):
            own = [("id", "=", wish.id)]
            wish.invalidate_recordset(["is_late"])
            self.assertTrue(wish.is_late)
            self.assertEqual(requests.search([*own, ("is_late", "=", True)]), wish)
            self.assertFalse(requests.search([*own, ("is_late", "=", False)]))
        with freeze_time("2026-06-10 12:00:00"):
            self.assertFalse(requests.search([*own, ("is_late", "=", True)]))

    def test_agreed_end_goes_on_to_the_termination(self):
        day = self.today + timedelta(days=60)
        wish = self.contract._ask_request("end", "Closing down", day=day)
        wish.answer = "We are sorry to see you go."
        action = wish.action_agree()
        stop = self.env["power.contract.stop"].with_context(**action["context"]).create({})
        self.assertEqual((stop.action, stop.date, stop.reason), ("terminate", day, "Closing down"))

    def test_records_are_apart(self):
        """Also behind the pages, over remote calls: nothing of other customers."""
        records = (
            self.contract,
            self.contract.contract_line_ids,
            self.contract.modification_ids,
            self.visit,
            self.equipment,
        )
        for record in records:
            mine = record.with_user(self.owner)
            self.assertTrue(mine.search([("id", "in", record.ids)]), record)
            alien = record.with_user(self.stranger)
            self.assertFalse(alien.search([("id", "in", record.ids)]), record)
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                record.with_user(self.stranger).check_access("read")
            with self.assertRaises(AccessError):
                record.with_user(self.owner).check_access("write")
        self.assertEqual(self.visit.date_due, self.today)
        self.assertIsInstance(self.visit.deadline, date)

    def test_what_the_utility_keeps_to_itself(self):
        """Neither margin, costs nor notes of its staff reach a customer; a crew sees no margin."""
        crew = new_test_user(self.env, "contract_crew", groups="power_crm.group_crew")
        kept = {
            self.contract: ("power_margin", "power_deferred_amount", "note", "health_note"),
            self.visit: ("hours_spent", "part_ids", "clash_note"),
        }
        for record, names in kept.items():
            for name in names:
                with self.assertRaises(AccessError, msg=name):
                    record.with_user(self.owner).read([name])
        with self.assertRaises(AccessError):
            self.contract.with_user(self.owner).read(["invoice_generation_error"])
        with self.assertRaises(AccessError):
            self.contract.with_user(crew).read(["power_margin"])
        manager = new_test_user(self.env, "contract_am", groups="power_crm.group_account_manager")
        self.assertEqual(self.contract.with_user(manager).power_margin, 0)

    def test_drafts_and_former_customers_stay_apart(self):
        """Followers read nothing: not a draft of their own, nor a contract handed on."""
        draft = self.contract.copy({"partner_id": self.owner.partner_id.id})
        handed_on = self.contract
        handed_on.message_subscribe(self.stranger.partner_id.ids)
        draft.message_subscribe(self.owner.partner_id.ids)
        self.assertEqual(draft.state, "draft")
        for contract, user in ((draft, self.owner), (handed_on, self.stranger)):
            for record in (contract, contract.contract_line_ids):
                mine = record.with_user(user)
                self.assertFalse(mine.search([("id", "in", record.ids)]), record)
