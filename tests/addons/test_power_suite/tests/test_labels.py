import re

from lxml import etree

from odoo.models import LOG_ACCESS_COLUMNS
from odoo.tests import TransactionCase, tagged

# A word after the first that begins with a capital: "Bill Date". Acronyms and units are none.
TITLE_CASE = re.compile(r"\w.*[\s(/-][A-Z][a-z]")
NAMES = re.compile(r"Odoo|Power (CRM|Bureau)|XLSX?|GB/T|VIP \w+|(Mon|Tues|Satur|Sun|Fri)day")


def is_title_case(label):
    return bool(TITLE_CASE.search(NAMES.sub("", label)))


@tagged("post_install", "-at_install")
class TestLabels(TransactionCase):
    """Labels of all rooms are in sentence case: the first letter, and names."""

    def test_fields(self):
        """Labels that somebody wrote; those that Odoo makes of a field's name are its own."""
        written = {
            field.string: str(field)
            for model in self.env.registry.values()
            for field in model._fields.values()
            if field.name not in LOG_ACCESS_COLUMNS
            and (field._modules or ("",))[0].startswith("power_")
            and field.string
            and field.string != re.sub(r"_ids?$", "", field.name).replace("_", " ").title()
            and not field.inherited
            and not (field.related and field.related_field.string == field.string)
        }
        self.assertGreater(len(written), 1000)
        odd = {label: name for label, name in written.items() if is_title_case(label)}
        self.assertFalse(odd)

    def test_views(self):
        odd, count = {}, 0
        views = self.env["ir.ui.view"].search([("type", "!=", "qweb")])
        for view in views.filtered(lambda view: view.xml_id.startswith("power_")):
            for node in etree.fromstring(view.arch_db.encode()).iter(etree.Element):
                for label in filter(None, (node.get("string"), node.get("title"))):
                    count += 1
                    if is_title_case(label):
                        odd[label] = view.xml_id
        self.assertGreater(count, 1000)
        self.assertFalse(odd)
