from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestBorrowedWords(TransactionCase):
    def test_choices_taken_from_another_field_are_translated(self):
        """Odoo translates only choices that are written down; who borrows them asks for words."""
        borrowed = [
            field
            for name, model in self.env.registry.items()
            if not model._abstract
            for field in model._fields.values()
            if field.type == "selection"
            and not field.related
            and callable(field.selection)
            and any(module.startswith("power_") for module in field._modules)
        ]
        self.assertGreater(len(borrowed), 5)
        chinese = self.env(context={"lang": "zh_CN"})
        for field in borrowed:
            words = dict(field._description_selection(self.env))
            with self.subTest(field=str(field)):
                self.assertTrue(words)
                self.assertFalse(
                    words.items() & dict(field._description_selection(chinese)).items()
                )
