from odoo.tests import BaseCase

from ..tools.stylesheet import prepare_stylesheet, with_fallback_face


class TestStylesheet(BaseCase):
    def test_face_goes_before_the_generic_family(self):
        for given, expected in (
            ("Lato", 'Lato, "CJK"'),
            ('"Lucida Grande", Arial, sans-serif', '"Lucida Grande", Arial, "CJK", sans-serif'),
            ("Lato !important", 'Lato, "CJK" !important'),
            ("inherit", "inherit"),
            ("var(--font)", "var(--font)"),
            ('Lato, "CJK"', 'Lato, "CJK"'),
        ):
            with self.subTest(given):
                self.assertEqual(with_fallback_face(given, "CJK"), expected)

    def test_font_faces_are_left_alone(self):
        css = '@font-face{font-family:"Lato";src:url(x.woff)} a{font-family:Lato}'
        prepared = prepare_stylesheet(css, "CJK")
        self.assertIn('@font-face{font-family:"Lato";src:url(x.woff)}', prepared)
        self.assertIn('a{font-family: Lato, "CJK"}', prepared)

    def test_narrow_screens_apply_and_columns_fit(self):
        css = "@media (min-width: 768px){.a{width:66.66666667%}}@media (min-width: 992px){.b{x:y}}"
        prepared = prepare_stylesheet(css, "CJK")
        self.assertIn("@media print{.a{width:66.66%}}", prepared)
        self.assertIn("@media (min-width: 992px)", prepared)
