from odoo.tests import BaseCase

from ..tools.stylesheet import (
    choose_rules,
    get_class_names,
    prepare_stylesheet,
    split_rules,
    with_fallback_face,
)


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

    def _choose(self, css, *class_names, families=()):
        rules = choose_rules(split_rules(css), frozenset(class_names), frozenset(families))
        return [rule.text for rule in rules]

    def test_only_rules_of_the_classes_at_hand(self):
        css = "p{a:b} .x{a:b} .x .y{a:b} .z,.x{a:b} :not(.q){a:b} .w-\\.5{a:b} [class*='.k']{a:b}"
        always = ["p{a:b}", ":not(.q){a:b}", ".w-\\.5{a:b}", "[class*='.k']{a:b}"]
        self.assertEqual(self._choose(css), always)
        self.assertEqual(self._choose(css, "x"), ["p{a:b}", ".x{a:b}", ".z,.x{a:b}", *always[1:]])
        self.assertIn(".x .y{a:b}", self._choose(css, "x", "y"))
        self.assertEqual(get_class_names(split_rules(css)), {"x", "y", "z"})

    def test_what_never_is_on_paper_is_left_out(self):
        css = """/* a{b} */ @charset "UTF-8"; @media screen{a{b:c}} @media (min-width: 9px){a{b:c}}
            a:hover{b:c} a:focus, a{b:d} @keyframes k{from{a:b}} @media print{a{b:"}"} i{b:c}}"""
        self.assertEqual(
            self._choose(css), ['@charset "UTF-8";', "a:focus, a{b:d}", 'a{b:"}"}', "i{b:c}"]
        )

    def test_fonts_come_with_what_names_them(self):
        face = "@font-face{font-family: 'Lato';src:url(x)}"
        css = f"{face} .x{{font-family:Lato}}"
        self.assertEqual(self._choose(css), [])
        self.assertEqual(self._choose(css, "x"), [face, ".x{font-family:Lato}"])
        self.assertEqual(self._choose(css, families=["lato"]), [face])
