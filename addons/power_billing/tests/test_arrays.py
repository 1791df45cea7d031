from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from odoo.addons.power_crm.tests.properties import steady

from ..tools.arrays import unnest

# Whatever somebody may type; PostgreSQL's text has no NUL, Python's surrogates are no text.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
AWKWARD = ["", "NULL", "None", "{", "}", ",", '"', "\\", "\x1e", "\x1f", "a\x1eb", " x ", "户"]


@tagged("post_install", "-at_install")
class TestArrays(TransactionCase):
    def _read(self, columns):
        names = SQL(", ").join(SQL.identifier("d", name) for name in columns)
        return self.env.execute_query(SQL("SELECT %s FROM %s", names, unnest(columns)))

    @settings(steady, max_examples=60)
    @given(st.lists(st.none() | st.sampled_from(AWKWARD) | TEXTS, min_size=1, max_size=6))
    def test_texts_come_as_they_are(self, texts):
        rows = self._read({"nr": ("int[]", list(range(len(texts)))), "text": ("text[]", texts)})
        self.assertEqual(rows, list(enumerate(texts)))

    def test_plain_values_come_as_they_are(self):
        rows = self._read(
            {
                "number": ("int[]", [1, None, -3]),
                "amount": ("numeric[]", ["1.50", 2, None]),
                "flag": ("boolean[]", [True, False, None]),
                "day": ("date[]", ["2026-01-31", None, "2026-02-28"]),
                "same": ("text[]", ["x", "x", "x"]),
            }
        )
        self.assertEqual(
            [
                (number, str(amount), flag, str(day), same)
                for number, amount, flag, day, same in rows
            ],
            [
                (1, "1.5", True, "2026-01-31", "x"),
                (None, "2.0", False, "None", "x"),
                (-3, "None", None, "2026-02-28", "x"),
            ],
        )

    def test_documents_come_as_they_are(self):
        rows = self._read({"value": ("jsonb[]", ['{"a": "\\u001e, \\"b"}', None])})
        self.assertEqual(rows, [({"a": '\x1e, "b'},), (None,)])
