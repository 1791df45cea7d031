from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PowerCase


@tagged("post_install", "-at_install")
class TestArea(PowerCase):
    def test_tree(self):
        city = self._create_area("Wuxi")
        district = self._create_area("Binhu", parent_id=city.id)
        self.assertEqual(district.complete_name, "Wuxi / Binhu")
        self.assertEqual(district.display_name, "Wuxi / Binhu")
        city.name = "Wuxi city"
        self.assertEqual(district.complete_name, "Wuxi city / Binhu")
        with self.assertRaises(UserError):
            city.parent_id = district

    def test_name_follows_the_parent_s_in_every_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        city = self._create_area("Wuxi")
        district = self._create_area("Binhu", parent_id=city.id)
        city.update_field_translations("name", {"zh_CN": "无锡"})
        district.update_field_translations("name", {"zh_CN": "滨湖"})
        self.assertEqual(district.with_context(lang="zh_CN").display_name, "无锡 / 滨湖")
        self.assertEqual(district.display_name, "Wuxi / Binhu")
        city.with_context(lang="zh_CN").name = "无锡市"
        self.assertEqual(district.with_context(lang="zh_CN").display_name, "无锡市 / 滨湖")

    def test_new_manager_takes_over_what_followed_the_old_one(self):
        old, new, own = (self._create_user("account_manager") for _user in range(3))
        area = self._create_area(manager_id=old.id)
        following = self._create_point(area_id=area.id)
        deviating = self._create_point(area_id=area.id, manager_id=own.id)
        area.manager_id = new
        self.assertEqual((following.manager_id, deviating.manager_id), (new, own))
        line = self.env["power.manager.assignment"].search([("area_id", "=", area.id)])
        self.assertRecordValues(
            line, [{"from_user_id": old.id, "to_user_id": new.id, "company_id": self.bureau.id}]
        )

    def test_counter_and_button(self):
        area = self._create_area()
        self._create_point(area_id=area.id)
        self.assertEqual(area.supply_point_count, 1)
        self.assertEqual(
            area.action_open_supply_points()["domain"], [("area_id", "child_of", area.id)]
        )
