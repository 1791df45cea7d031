import base64

from odoo.exceptions import AccessError, ValidationError

from .network_common import NetworkCase


class TestNetworkNode(NetworkCase):
    def test_tree(self):
        self.assertEqual(self.transformer1.complete_name, "S / F1 / T1")
        self.assertEqual(self.transformer1.feeder_id, self.feeder1)
        self.assertEqual(self.feeder1.feeder_id, self.feeder1)
        self.assertFalse(self.substation.feeder_id)
        self.transformer1.parent_id = self.feeder2
        self.assertEqual(self.transformer1.feeder_id, self.feeder2)

    def test_cycle_and_kind_refused(self):
        switch = self._create_node("W1", "switch", self.feeder1)
        below = self._create_node("W2", "switch", switch)
        with self.assertRaisesRegex(ValidationError, "feeds that device itself"):
            switch.parent_id = below
        with self.assertRaisesRegex(ValidationError, "cannot be fed from"):
            self.feeder2.parent_id = self.transformer1

    def test_counts(self):
        """3 + 2 customers under F1, one of them closed later, 4 under F2."""
        first = self._create_points(self.transformer1, 3)
        self._create_points(self.transformer2, 2)
        self._create_points(self.transformer3, 4)
        first[0].action_close()
        self.assertEqual(self.feeder1.customer_count, 4)
        self.assertEqual(self.substation.customer_count, 8)
        self.assertEqual(
            self.feeder1._get_points(), (first[1:] | self.transformer2.supply_point_ids)
        )
        self.env["power.network.node"]._refresh_customer_totals(self.bureau)
        nodes = self.substation | self.feeder1 | self.transformer3
        self.assertEqual(nodes.mapped("customer_total"), [8, 4, 4])
        action = self.feeder1.action_open_customers()
        found = self.env["power.supply.point"].search(action["domain"])
        self.assertEqual(len(found), 4)

    def test_fault_and_outage_buttons(self):
        self.env["power.fault"].create(
            {"node_id": self.transformer1.id, "company_id": self.bureau.id}
        )
        self.env["power.outage"].create(
            {
                "node_ids": [(6, 0, (self.transformer1 | self.transformer2).ids)],
                "company_id": self.bureau.id,
            }
        )
        self.assertEqual((self.feeder1.fault_count, self.feeder1.outage_count), (1, 1))
        self.assertEqual((self.feeder2.fault_count, self.feeder2.outage_count), (0, 0))


class TestNetworkImport(NetworkCase):
    def _wizard(self, text, **vals):
        return self.env["power.network.import"].create(
            {
                "file": base64.b64encode(text.encode()),
                "filename": "network.csv",
                "company_id": self.bureau.id,
                **vals,
            }
        )

    def test_import(self):
        points = self._create_points(self.transformer3, 2)
        wizard = self._wizard(
            "code,name,kind,parent code,supply point numbers,latitude,longitude\n"
            f"T9,Garden,transformer,W9,{points[0].number};{points[1].number},31.5,120.3\n"
            "W9,Switch,switch,F1,,,\n"
            "T1,New name,transformer,F1,,,\n"
        )
        wizard.action_check()
        self.assertEqual(wizard.state, "ready", wizard.problem_ids.mapped("problem"))
        wizard.action_import()
        node = self.env["power.network.node"].search(
            [("code", "=", "T9"), ("company_id", "=", self.bureau.id)]
        )
        self.assertEqual(node.complete_name, "S / F1 / Switch / Garden")
        self.assertEqual(points.node_id, node)
        self.assertEqual(self.transformer1.name, "New name")
        self.assertEqual(self.feeder1.customer_total, 2)

    def test_wrong_file_changes_nothing(self):
        before = self.env["power.network.node"].search_count([])
        wizard = self._wizard(
            "code,name,kind,parent code\nT9,Garden,transformer,NONE\nT8,Park,pipe,F1\n"
        )
        wizard.action_import()
        self.assertEqual(wizard.state, "wrong")
        self.assertEqual(self.env["power.network.node"].search_count([]), before)
        self.assertEqual(wizard.problem_ids.mapped("row"), [2, 3])
        self.assertIn("Substation, Feeder", wizard.problem_ids[1].remedy)
        self.assertTrue(base64.b64decode(wizard.error_file).startswith(b"PK"))

    def test_template_is_a_file_that_is_understood(self):
        wizard = self._wizard("x")
        content = wizard._make_template().replace(b"EXAMPLE-", b"")
        wizard.file = base64.b64encode(content)
        wizard.action_check()
        # the examples hang together; only their two supply points are not there
        self.assertEqual(wizard.problem_ids.mapped("value"), ["3001", "3002"])

    def test_readers_do_not_import(self):
        user = self._create_user("dispatcher")
        with self.assertRaises(AccessError):
            self.env["power.network.import"].with_user(user).create({})
