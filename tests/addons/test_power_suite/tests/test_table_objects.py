from odoo.orm.table_objects import Constraint, Index
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestTableObjects(TransactionCase):
    def test_constraints_and_indexes_stand_on_their_own_table(self):
        """Two models whose table and name run together would take the index from one another."""
        self.env.cr.execute(
            """
            SELECT conrelid::regclass::text, conname FROM pg_constraint
             UNION SELECT tablename, indexname FROM pg_indexes
            """
        )
        there = set(self.env.cr.fetchall())
        declared = {
            (model._table, item.full_name(model))
            for name, model in self.env.registry.items()
            if name.startswith("power.") and not model._abstract and model._auto
            for item in model._table_objects.values()
            if isinstance(item, Constraint | Index)
        }
        self.assertGreater(len(declared), 50)
        self.assertFalse(declared - there)
