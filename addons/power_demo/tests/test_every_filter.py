from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo import fields
from odoo.tests import TransactionCase, tagged
from odoo.tools.safe_eval import datetime, safe_eval, time

APP = "power_crm.menu_root"
DATE_GROUPS = ("month", "year")


@tagged("post_install", "-at_install")
class TestEveryFilter(TransactionCase):
    """The manager tries each filter and grouping of each list, and opens a record, on the
    utility's data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = cls.env["res.users"].search([("login", "=", "manager")])
        cls.env = cls.env(user=manager, context=manager.context_get())

    def _get_actions(self):
        """The window actions behind the menus of the manager."""
        menus = self.env["ir.ui.menu"].search([("id", "child_of", self.env.ref(APP).id)])
        actions = [menu.action for menu in menus.sudo() if menu.action]
        return {
            action.id: action
            for action in actions
            if action._name == "ir.actions.act_window"
            and self.env[action.res_model].has_access("read")
        }

    def _evaluate(self, text):
        return safe_eval(
            text,
            {
                "uid": self.env.uid,
                "allowed_company_ids": self.env.companies.ids,
                "context_today": lambda: fields.Date.context_today(self.env.user),
                "current_date": fields.Date.to_string(fields.Date.today()),
                "datetime": datetime,
                "relativedelta": relativedelta,
                "time": time,
            },
        )

    def _get_groups(self, model, grouped):
        kind = model._fields[grouped.partition(":")[0].partition(".")[0]].type
        if kind == "properties":  # the client first asks which there are
            return []
        if kind in ("date", "datetime") and ":" not in grouped:
            return [f"{grouped}:{unit}" for unit in DATE_GROUPS]
        return [grouped]

    def _try(self, model, base, node):
        """Search by a filter, or group by it; return whether there was anything to try."""
        text, day = node.get("domain"), node.get("date")
        if day:
            self.assertIn(model._fields[day].type, ("date", "datetime"))
        domain = self._evaluate(text) if text else []
        grouped = self._evaluate(node.get("context") or "{}").get("group_by")
        if grouped:
            for group in self._get_groups(model, grouped):
                model.formatted_read_group(base, [group], ["__count"], limit=80)
        else:
            model.search(base + domain, limit=80)
        return bool(text or day or grouped)

    def test_filters_and_groupings(self):
        tried = 0
        for action in self._get_actions().values():
            context = self._evaluate(action.context or "{}")
            model = self.env[action.res_model].with_context(**context)
            base = self._evaluate(action.domain or "[]")
            arch = model.get_view(action.search_view_id.id or None, "search")["arch"]
            for node in etree.fromstring(arch).iter("filter"):
                with self.subTest(action=action.name, filter=node.get("name")):
                    tried += self._try(model, base, node)
        self.assertGreater(tried, 500)

    def test_first_records_open(self):
        opened = 0
        for action in self._get_actions().values():
            model = self.env[action.res_model].with_context(
                **self._evaluate(action.context or "{}")
            )
            record = model.search(self._evaluate(action.domain or "[]"), limit=1)
            if not record or "form" not in action.view_mode:
                continue
            form = next((view for view, kind in action.views if kind == "form"), False)
            with self.subTest(action=action.name, record=record.display_name):
                shown = model.get_views([(form, "form")])["models"][model._name]["fields"]
                record.web_read({name: {} for name in shown})
                opened += 1
        self.assertGreater(opened, 40)
