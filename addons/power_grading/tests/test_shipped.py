from odoo.tests import TransactionCase, tagged

from odoo.addons.power_grading.models.power_grading_source import AXIS_FIELDS

SCHEMES = (
    "wuxi_credit", "wuxi_value", "wuxi_safety", "wuxi_potential", "wuxi_risk", "emk_risk",
    "credit_default", "wuhan_2005", "tongjiang_pyramid", "hunan_value", "importance",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestShipped(TransactionCase):
    def test_sound_and_explained(self):
        for code in SCHEMES:
            scheme = self.env.ref(f"power_grading.scheme_{code}")
            with self.subTest(scheme=code):
                self.assertFalse(scheme.fault_note)
                self.assertTrue(scheme.source)
                self.assertTrue(scheme.legend)
                self.assertTrue(all(scheme.band_ids.mapped("legend")))

    def test_one_is_shown_for_each_axis(self):
        shipped = [self.env.ref(f"power_grading.scheme_{code}") for code in SCHEMES]
        leading = [scheme.axis for scheme in shipped if scheme.leading]
        self.assertEqual(sorted(leading), sorted(AXIS_FIELDS))

    def test_weights_of_the_published_defaults(self):
        credit = self.env.ref("power_grading.scheme_credit_default")
        self.assertEqual(credit.weight_total, 100)
        pyramid = self.env.ref("power_grading.scheme_tongjiang_pyramid")
        shares = {}
        for band in pyramid.band_ids:
            shares[band.letter] = round(shares.get(band.letter, 0) + band.share, 4)
        self.assertEqual(shares, {"A": 1, "B": 4, "C": 15, "D": 80})
