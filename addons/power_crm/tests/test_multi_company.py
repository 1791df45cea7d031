from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PowerCase


@tagged("post_install", "-at_install")
class TestMultiCompany(PowerCase):
    """Two bureaus serve one customer; neither sees the other's business."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_bureau("Xinwu bureau")
        cls.env.user.company_ids |= cls.other
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": (cls.bureau + cls.other).ids}
        )
        cls.ours, cls.theirs = (
            cls._create_user("manager", company) for company in (cls.bureau, cls.other)
        )
        cls.partner = cls._create_customer()
        cls.area, cls.their_area = (
            cls._create_area(name, company_id=company.id)
            for name, company in (("Binhu", cls.bureau), ("Xinwu", cls.other))
        )
        cls.point = cls._create_point(cls.partner, area_id=cls.area.id, capacity_kva=10)
        cls.their_point = cls._create_point(
            cls.partner, area_id=cls.their_area.id, company_id=cls.other.id, capacity_kva=20
        )
        for point in cls.point + cls.their_point:
            point.source_ids = [(0, 0, {"substation": "A"})]
            point.generator_ids = [(0, 0, {"name": "G"})]
        cls.record = cls._create_record(cls.partner, supply_point_id=cls.point.id)
        cls.their_record = cls._create_record(
            cls.partner, supply_point_id=cls.their_point.id, company_id=cls.other.id
        )
        cls.defect, cls.their_defect = (
            cls.env["power.defect"].create({"name": "D", "service_record_id": record.id})
            for record in (cls.record, cls.their_record)
        )

    def _as(self, records, user):
        return records.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def test_each_bureau_sees_its_own(self):
        pairs = [
            (self.point, self.their_point),
            (self.area, self.their_area),
            (self.record, self.their_record),
            (self.defect, self.their_defect),
            (self.point.source_ids, self.their_point.source_ids),
            (self.point.generator_ids, self.their_point.generator_ids),
        ]
        for ours, theirs in pairs:
            with self.subTest(model=ours._name):
                domain = [("id", "in", (ours + theirs).ids)]
                self.assertEqual(self._as(ours, self.ours).search(domain), ours)
                self.assertEqual(self._as(theirs, self.theirs).search(domain), theirs)
                self.env.invalidate_all()
                with self.assertRaises(AccessError):
                    self._as(theirs, self.ours).read(["display_name"])

    def test_history_is_of_one_bureau(self):
        self.area.manager_id = self.ours
        lines = self.env["power.manager.assignment"].search([("area_id", "=", self.area.id)])
        self.assertTrue(self._as(lines, self.ours).search([("id", "in", lines.ids)]))
        self.assertFalse(self._as(lines, self.theirs).search([("id", "in", lines.ids)]))

    def test_profile_covers_both_bureaus(self):
        self.assertEqual(self.partner.power_capacity_kva, 30)
        self.assertEqual(self._as(self.partner, self.ours).power_supply_point_ids, self.point)

    def test_area_and_point_are_of_one_company(self):
        with self.assertRaises(UserError):
            self.point.area_id = self.their_area

    def test_licences_follow_the_customer(self):
        private = self._create_customer("Private", company_id=self.other.id)
        licence = self._create_licence(private)
        shared = self._create_licence(self.partner)
        found = self._as(licence, self.ours).search([("id", "in", (licence + shared).ids)])
        self.assertEqual(found, shared)

    def test_same_number_in_two_bureaus(self):
        self._create_point(number="77")
        self._create_point(number="77", company_id=self.other.id)
