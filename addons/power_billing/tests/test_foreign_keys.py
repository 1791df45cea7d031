from contextlib import closing
from unittest.mock import patch

from psycopg2.errors import DivisionByZero, ForeignKeyViolation, LockNotAvailable

from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..tools import foreign_keys
from ..tools.foreign_keys import insert_rows

TABLE = "res_partner_category"


@tagged("post_install", "-at_install")
class TestForeignKeys(TransactionCase):
    """Rows of partner tags, each with a parent, an author and a last editor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not foreign_keys.may_look_up_once(cls.env):
            cls.skipTest(cls, "The administrator of this database did not permit it.")

    def setUp(self):
        super().setUp()
        self.parent = self.env["res.partner.category"].create({"name": "Parent"})
        self.env.flush_all()

    def _insert(self, *parents):
        """Insert a tag below each parent: ids from 900001 on, colour 7."""
        ids = [900001 + place for place in range(len(parents))]
        query = SQL(
            """
            INSERT INTO res_partner_category (id, name, color, parent_id, create_uid, write_uid)
            SELECT id, '{"en_US": "Child"}', 7, parent, %(uid)s, %(uid)s
              FROM unnest(%(ids)s, %(parents)s::int[]) AS d(id, parent)
            """,
            uid=self.env.uid,
            ids=ids,
            parents=list(parents),
        )
        insert_rows(self.env, query, TABLE, "id", ids)
        return ids

    def _read_colours(self):
        rows = self.env.execute_query(
            SQL("SELECT color FROM res_partner_category WHERE id > 900000 ORDER BY id")
        )
        return [colour for (colour,) in rows]

    def _read_role(self):
        return self.env.execute_query(SQL("SHOW session_replication_role"))[0][0]

    def test_keys_of_a_table(self):
        keys = foreign_keys.read_foreign_keys(self.env, TABLE)
        self.assertEqual(
            {(key.column, key.other_table, key.other_column) for key in keys},
            {
                ("parent_id", TABLE, "id"),
                ("create_uid", "res_users", "id"),
                ("write_uid", "res_users", "id"),
            },
        )

    def test_rows_whose_keys_are_there(self):
        with patch.object(
            foreign_keys, "hold_foreign_keys", side_effect=foreign_keys.hold_foreign_keys
        ) as hold:
            self._insert(self.parent.id, self.parent.id, None)
        hold.assert_called_once()
        self.assertEqual(self._read_colours(), [7, 7, 7])
        self.assertEqual(self._read_role(), "origin")

    def test_a_key_that_is_missing(self):
        """It is refused as PostgreSQL refuses it, whichever of the two looks it up."""
        for once in (True, False):
            with (
                self.subTest(once=once),
                patch.object(foreign_keys, "may_look_up_once", lambda _env, once=once: once),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(
                    ForeignKeyViolation, r'\(parent_id\)=\(987654\) is not present in table "res_'
                ),
                self.env.cr.savepoint(),
            ):
                self._insert(self.parent.id, 987654)
            self.assertEqual(self._read_colours(), [])
            self.assertEqual(self._read_role(), "origin")

    def test_a_statement_that_fails(self):
        """PostgreSQL looks keys up again in the transaction that goes on."""
        insert = SQL("INSERT INTO res_partner_category (name, color) SELECT '{}', 1 / 0")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(DivisionByZero),
            self.env.cr.savepoint(),
        ):
            insert_rows(self.env, insert, TABLE, "id", [])
        self.assertEqual(self._read_role(), "origin")

    def test_a_table_with_a_trigger_is_written_as_ever(self):
        """Whatever somebody lets PostgreSQL do for a row is done: here the colour doubles."""
        self.env.cr.execute(
            """
            CREATE FUNCTION double_color() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN NEW.color = 2 * NEW.color; RETURN NEW; END $$;
            CREATE TRIGGER double_color BEFORE INSERT ON res_partner_category
                FOR EACH ROW EXECUTE FUNCTION double_color()
            """
        )
        self.env.cr.cache.pop("power_foreign_keys", None)
        self.addCleanup(self.env.cr.cache.pop, "power_foreign_keys", None)
        self._insert(self.parent.id)
        self.assertEqual(self._read_colours(), [14])

    def test_what_rows_refer_to_cannot_be_deleted_meanwhile(self):
        """Somebody else who deletes the currency of a new rate waits until it is committed."""
        currency = self.env.ref("base.XAF")
        query = SQL(
            "INSERT INTO res_currency_rate (id, name, rate, currency_id)"
            " VALUES (900001, '2001-01-01', 1, %s)",
            currency.id,
        )
        insert_rows(self.env, query, "res_currency_rate", "id", [900001])
        with closing(db_connect(self.env.cr.dbname).cursor()) as other:
            other.execute("SET LOCAL lock_timeout = '300ms'")
            with mute_logger("odoo.sql_db"), self.assertRaises(LockNotAvailable):
                other.execute("DELETE FROM res_currency WHERE id = %s", [currency.id])
