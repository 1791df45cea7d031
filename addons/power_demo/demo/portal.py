"""People of customers: contacts, and those with a login of their own."""

from odoo.fields import Command

from ..tools.utility import phone
from . import chain

# login (also its password), customer, contact (None: the customer itself), language
LOGINS = (
    ("household", "household_000", None, "zh_CN"),
    ("hospital", "hospital", "朱明 Zhu Ming", "zh_CN"),
    ("factory", "factory_000", "Tang Wenjie 唐文杰", "en_US"),
    ("shop", chain.PAYER, None, "zh_CN"),
)
FUNCTION = "电气负责人 Chief electrician"


def build(demo):
    for number, (login, customer, contact, language) in enumerate(LOGINS):
        partner = demo.get(f"customer_{customer}")
        if contact:
            partner = _make_contact(demo, partner, contact, number)
        partner.lang = language
        user = demo.env["res.users"].create(
            {
                "login": login,
                "password": login,
                "partner_id": partner.id,
                "lang": language,
                "company_ids": [Command.set(demo.company.ids)],
                "company_id": demo.company.id,
                "group_ids": [Command.set([demo.env.ref("base.group_portal").id])],
            }
        )
        demo.keep(f"user_{login}", user)


def _make_contact(demo, partner, name, number):
    return demo.env["res.partner"].create(
        {
            "name": name,
            "parent_id": partner.id,
            "type": "contact",
            "function": FUNCTION,
            "phone": phone(5_800_000 + number),
            "email": f"electrician{number}@qingjiang.example",
            "tz": "Asia/Shanghai",
        }
    )
