from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install", "power_slow")
class TestTours(HttpCase):
    """What people do all day, in Chromium."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env.company.country_id = cls.env.ref("base.cn")
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Taihu Tour Steel",
                "is_company": True,
                "country_id": cls.env.ref("base.cn").id,
                "phone": "0510-82705577",
                "email": "steel.tour@example.com",
                "power_is_customer": True,
            }
        )
        cls.env["power.supply.point"].create(
            [
                {"number": "TOUR-1", "partner_id": cls.customer.id, "capacity_kva": 250},
                {
                    "number": "TOUR-2",
                    "partner_id": cls.customer.id,
                    "voltage_class": "10kv",
                    "capacity_kva": 1000,
                    "state": "active",
                    "source_ids": [(0, 0, {"substation": "Taihu substation", "feeder": "T12"})],
                },
            ]
        )
        cls.env["power.defect"].create(
            {"name": "Fence open", "partner_id": cls.customer.id, "severity": "major"}
        )

    def _create_user(self, login, group):
        return new_test_user(self.env, login, groups=group, lang="en_US")

    def test_agent_finds_a_customer_by_phone(self):
        self._create_user("tour_agent", "power_crm.group_agent")
        self.start_tour(
            "/odoo/power-customers", "power_crm_agent_finds_customer", login="tour_agent"
        )

    def test_account_manager_records_a_visit_with_a_defect(self):
        user = self._create_user("tour_manager", "power_crm.group_account_manager")
        self.start_tour(
            "/odoo/power-service-records", "power_crm_manager_records_visit", login="tour_manager"
        )
        visit = self.customer.power_service_record_ids
        self.assertRecordValues(visit, [{"kind": "visit", "state": "done", "user_id": user.id}])
        self.assertRecordValues(
            visit.defect_ids,
            [{"name": "Earthing broken", "state": "found", "partner_id": self.customer.id}],
        )

    def test_customer_corrects_its_contact_data(self):
        user = new_test_user(self.env, "tour_customer", groups="base.group_portal", lang="en_US")
        user.partner_id.write(
            {"parent_id": self.customer.id, "country_id": self.customer.country_id.id}
        )
        self.start_tour("/my/power", "power_crm_customer_corrects_contact", login="tour_customer")
        self.assertRecordValues(
            user.partner_id,
            [{"phone": "+86 138 0013 8000", "power_contact_channel": "sms"}],
        )
