"""Two households that pay before they use: one with months to go, one nearly out of money."""

import math

from odoo.fields import Command

from ..tools import months

# customer, login (also its password), topped up: so many times its last bill
HOUSEHOLDS = (
    ("household_005", "prepaid", 4),
    ("household_006", None, 2),
)
STEP = 10


def build(demo):
    for key, login, times in HOUSEHOLDS:
        point = demo.get(f"point_{key}")
        point.is_prepaid = True
        last = point.bill_ids.sorted("period_from")[-1]
        _receive(demo, point.payer_id, math.ceil(last.amount_total * times / STEP) * STEP)
        if login:
            _make_user(demo, login, point.payer_id)
    accounts = demo.env["power.prepaid.account"]
    accounts._sync_accounts(demo.company)
    accounts.search([("company_id", "=", demo.company.id)]).action_update()


def _receive(demo, partner, amount):
    """Enter a transfer without a bill: it stays on the payer's account."""
    journal = demo.get("bank_journal")
    text = f"预存电费 Top-up {partner.name}"
    demo.env["account.bank.statement.line"].create(
        {
            "journal_id": journal.id,
            "date": min(months.first_day(demo.end + 1), demo.today),
            "payment_ref": text,
            "partner_id": partner.id,
            "amount": amount,
            "line_ids": [
                Command.create(
                    {
                        "account_id": journal.default_account_id.id,
                        "partner_id": partner.id,
                        "name": text,
                        "balance": amount,
                    }
                ),
                Command.create(
                    {
                        "account_id": partner.property_account_receivable_id.id,
                        "partner_id": partner.id,
                        "name": text,
                        "balance": -amount,
                    }
                ),
            ],
        }
    )


def _make_user(demo, login, partner):
    user = demo.env["res.users"].create(
        {
            "login": login,
            "password": login,
            "partner_id": partner.id,
            "lang": partner.lang,
            "company_ids": [Command.set(demo.company.ids)],
            "company_id": demo.company.id,
            "group_ids": [Command.set([demo.env.ref("base.group_portal").id])],
        }
    )
    demo.keep(f"user_{login}", user)
