from odoo.fields import Domain
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

    def test_emk_knows_one_type_a_customer(self):
        """-6, -3 or 3 points, never two of them."""
        types = [
            self.env.ref(f"power_grading.indicator_emk_risk_{kind}")
            for kind in ("government", "residential", "industry")
        ]
        self.assertEqual([part.points_yes for part in types], [-6, -3, 3])
        authority = self.env["power.industry"].search([("code", "=", "S")], limit=1)
        categories = self.env["power.usage.category"].search([("code", "in", ["R", "I", "G"])])
        partners = self.env["res.partner"]
        for industry, codes in ((authority, "RI"), (False, "RIG"), (False, "I"), (False, "")):
            partner = partners.create({"name": "Of a type", "power_is_customer": True})
            partner.power_industry_id = industry
            partner.power_usage_category_ids = categories.filtered(
                lambda found, codes=codes: found.code in codes
            )
            partners |= partner
        found = [
            [
                bool(
                    partners.search(
                        part._read_filter("partner_domain") & Domain("id", "=", partner.id)
                    )
                )
                for part in types
            ]
            for partner in partners
        ]
        self.assertEqual(
            found,
            [
                [True, False, False],
                [False, True, False],
                [False, False, True],
                [False, False, False],
            ],
        )

    def test_service_of_every_layer_and_credit(self):
        """The table as shipped, by layer of the pyramid and letter of credit (none: not graded)."""
        keys = ("vip", "vip_doubtful", "main_doubtful", "main", "bad_credit", "ordinary", "small")
        rules = self.env["power.service.level.rule"].browse(
            self.env.ref(f"power_grading.level_rule_{key}").id for key in keys
        )
        expected = {
            "A": ["vip instalments"] * 2 + ["key guarantee"] * 2,
            "B": ["key usual"] * 2 + ["standard guarantee"] * 2,
            "C": ["standard usual"] * 3 + ["basic prepay"],
            "D": ["basic usual"] * 3 + ["basic prepay"],
        }
        facts = dict.fromkeys(("value", "safety", "risk", "important", "life_support"))
        for layer, row in expected.items():
            found = [
                rules.sorted()._decide({**facts, "pyramid": layer, "credit": credit})
                for credit in "ABCD"
            ]
            self.assertEqual([f"{rule.level_id.code} {rule.payment}" for rule in found], row, layer)
        main = rules.sorted()._decide({**facts, "pyramid": "B", "credit": None})
        self.assertEqual(main.payment, "usual")

    def test_weights_of_the_published_defaults(self):
        credit = self.env.ref("power_grading.scheme_credit_default")
        self.assertEqual(credit.weight_total, 100)
        pyramid = self.env.ref("power_grading.scheme_tongjiang_pyramid")
        shares = {}
        for band in pyramid.band_ids:
            shares[band.letter] = round(shares.get(band.letter, 0) + band.share, 4)
        self.assertEqual(shares, {"A": 1, "B": 4, "C": 15, "D": 80})
