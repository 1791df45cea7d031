import re

from odoo import fields
from odoo.tests import HttpCase, new_test_user


class PowerPortalCase(HttpCase):
    """Two customers with a portal user each, and everything they might see of each other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})
        for lang in ("en_US", "zh_CN"):
            cls.env["res.lang"]._activate_lang(lang)
        cls.env.company.country_id = cls.env.ref("base.cn")
        cls.manager = new_test_user(
            cls.env,
            "portal_manager",
            name="Manager Mei",
            email="mei@example.com",
            groups="power_crm.group_account_manager",
        )
        cls.manager.partner_id.phone = "+86 510 8888 0001"
        cls.area = cls.env["power.area"].create(
            {"name": "Portal North", "code": "PORT-N", "manager_id": cls.manager.id}
        )
        cls.own = cls._create_customer("own", "Lake Mills")
        cls.other = cls._create_customer("other", "Rival Mills")
        cls.user, cls.partner = cls.own["user"], cls.own["partner"]

    @classmethod
    def _create_customer(cls, key, name):
        """Return the records of a customer: partner, user, points, licence, records, defects."""
        company = cls.env["res.partner"].create(
            {"name": name, "is_company": True, "power_customer_number": f"PC-{key}"}
        )
        user = new_test_user(
            cls.env,
            f"portal_{key}",
            name=f"{name} clerk",
            email=f"{key}@example.com",
            groups="base.group_portal",
        )
        user.partner_id.parent_id = company
        (company | user.partner_id).lang = "en_US"
        points = cls.env["power.supply.point"].create(
            [
                cls._prepare_point(company, f"{key}-1", f"{name} spinning", "10kv", 1250),
                cls._prepare_point(company, f"{key}-2", f"{name} office", "380v", 40),
            ]
        )
        points[0].state = "active"
        licence = cls.env["power.licence"].create(
            {"partner_id": company.id, "number": f"LIC-{key}", "kind": "business"}
        )
        shared, internal = cls.env["power.service.record"].create(
            [
                {
                    "name": f"{key} {label} inspection",
                    "kind": "inspection",
                    "supply_point_id": points[0].id,
                    "result": f"{key} {label} result",
                    "shared_with_customer": label == "shared",
                }
                for label in ("shared", "internal")
            ]
        )
        shared_defect, internal_defect = cls.env["power.defect"].create(
            [
                {"name": f"{key} {label} defect", "service_record_id": record.id}
                for label, record in (("shared", shared), ("internal", internal))
            ]
        )
        return {
            "partner": company,
            "user": user,
            "points": points,
            "licence": licence,
            "shared": shared,
            "internal": internal,
            "shared_defect": shared_defect,
            "internal_defect": internal_defect,
        }

    @classmethod
    def _prepare_point(cls, partner, number, name, voltage, capacity):
        return {
            "number": number,
            "name": name,
            "partner_id": partner.id,
            "voltage_class": voltage,
            "capacity_kva": capacity,
            "area_id": cls.area.id,
            "street": f"{number} Canal Road",
            "city": "Wuxi",
            "usage_category_id": cls.env.ref("power_crm.usage_large_industry").id,
            "boundary": f"Terminals of {number}",
            "source_ids": [
                fields.Command.create({"substation": f"Station {number}", "feeder": "F1"})
            ],
        }

    def get_page(self, url, login="portal_own"):
        """Return the text of a page as one line, without the markup."""
        self.authenticate(login, login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200, url)
        return self.as_text(response)

    def as_text(self, response):
        body = re.sub(r"<(script|style)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", body).split())
