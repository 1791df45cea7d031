from odoo.exceptions import AccessError, MissingError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import SECRET, TwoCustomersCase

REFUSALS = (AccessError, MissingError)


@tagged("post_install", "-at_install")
class TestStrangerRpc(TwoCustomersCase, HttpCase):
    """Every model of the suite, asked for by a portal user of another customer."""

    def _our_models(self):
        """Models of the suite that keep data, with an environment of the portal user."""
        env = self.env(user=self.user, context={"lang": "en_US"})
        for name in sorted(env.registry):
            model = env[name]
            if name.startswith("power.") and not model._abstract and model._auto:
                yield model

    def test_the_suite_has_models(self):
        names = {model._name for model in self._our_models()}
        self.assertLess({"power.supply.point", "power.bill", "power.licence"}, names)

    def test_searching_finds_only_what_is_ones_own(self):
        for model in self._our_models():
            with self.subTest(model=model._name):
                if not model.has_access("read"):
                    with self.assertRaises(AccessError):
                        model.search([])
                    continue
                if {"partner_id", "supply_point_id"} & model._fields.keys():
                    self.assertFalse(self._of_stranger(model.search([])))

    def _of_stranger(self, records):
        """Those among the records that belong to the stranger, seen without limits."""
        everything = records.sudo()
        if "partner_id" in records._fields:
            return everything.filtered(lambda r: r.partner_id == self.stranger)
        return everything.filtered(lambda r: r.supply_point_id.partner_id == self.stranger)

    def test_reading_and_changing_by_number_is_refused(self):
        for name, secret in self.secrets.items():
            record = secret.with_user(self.user)
            for operation, arguments in (
                ("read", ()),
                ("write", ({"active": False},)),
                ("unlink", ()),
                ("copy", ()),
            ):
                with self.subTest(model=name, operation=operation):
                    self.env.invalidate_all()
                    self._assert_refused(getattr(record, operation), *arguments)
            if record.browse().has_access("read"):
                self.assertFalse(record.search([("id", "=", secret.id)]))

    def _assert_refused(self, method, *arguments):
        with self.env.cr.savepoint():
            try:
                method(*arguments)
            except REFUSALS:
                return
        self.fail("not refused")

    def test_nothing_of_the_suite_can_be_made_or_changed(self):
        for model in self._our_models():
            for operation in ("create", "write", "unlink"):
                with self.subTest(model=model._name, operation=operation):
                    self.assertFalse(model.has_access(operation))

    def test_own_records_open(self):
        """The doors are not simply nailed up."""
        bill = self.own_bill.with_user(self.user)
        self.assertEqual(bill.read(["kwh"])[0]["kwh"], 1234)
        self.assertEqual(bill.supply_point_id.name, "Lin, flat 3")

    @mute_logger("odoo.http")
    def test_over_the_wire(self):
        self.authenticate("lin_portal", "lin_portal")
        for name, secret in self.secrets.items():
            for method, arguments in (
                ("read", [[secret.id]]),
                ("web_read", [[secret.id], {"display_name": {}}]),
                ("export_data", [[secret.id], ["id", "display_name"]]),
                ("write", [[secret.id], {"active": False}]),
                ("message_post", [[secret.id]]),
                ("get_portal_url", [[secret.id]]),
            ):
                with self.subTest(model=name, method=method):
                    try:
                        answer = self.make_jsonrpc_request(
                            f"/web/dataset/call_kw/{name}/{method}",
                            {"model": name, "method": method, "args": arguments, "kwargs": {}},
                        )
                    except JsonRpcException:
                        continue
                    self.assertNotIn(SECRET, str(answer))
                    self.assertNotIn("access_token", str(answer))

    @mute_logger("odoo.http")
    def test_names_are_not_found_either(self):
        self.authenticate("lin_portal", "lin_portal")
        for name in ("res.partner", "power.supply.point", "power.bill", "power.licence"):
            with self.subTest(model=name):
                try:
                    answer = self.make_jsonrpc_request(
                        f"/web/dataset/call_kw/{name}/name_search",
                        {"model": name, "method": "name_search", "args": [SECRET], "kwargs": {}},
                    )
                except JsonRpcException:
                    continue
                self.assertEqual(answer, [])
