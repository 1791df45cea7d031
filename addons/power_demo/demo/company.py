"""The company, its books and its bank."""

import base64

from odoo.fields import Command
from odoo.tools import file_open

CHART = "cn"
NAME = "清江供电公司"
FRESH_NAMES = ("My Company", "YourCompany")
BANK_ACCOUNT = "6200 0000 0000 2026 001"


def build(demo):
    company = _get_company(demo.env)
    company.write(_prepare_company_vals(demo.env))
    demo.env.user.write({"company_ids": [Command.link(company.id)], "company_id": company.id})
    demo.use_company(company)
    demo.keep("company", demo.company)
    _load_chart(demo)
    _open_bank_account(demo)
    demo.company._power_billing_setup()
    demo.company.power_payment_term_id = _make_payment_term(demo.env)
    demo.company.power_bill_batch = 500


def _get_company(env):
    """The first company while nobody uses it, else a new one."""
    main = env.ref("base.main_company")
    if main.name in FRESH_NAMES and not main._existing_accounting():
        return main
    return env["res.company"].create({"name": NAME, "country_id": env.ref("base.cn").id})


def _prepare_company_vals(env):
    yuan = env.ref("base.CNY")
    yuan.active = True
    return {
        "name": NAME,
        "street": "清江大道95号",
        "street2": "95 Qingjiang Avenue",
        "city": "清江市",
        "zip": "449000",
        "state_id": env.ref("base.state_cn_HB").id,
        "country_id": env.ref("base.cn").id,
        "currency_id": yuan.id,
        "phone": "+86 174 0000 9559",
        "email": "service@qingjiang.example",
        "power_tz": "Asia/Shanghai",
        "website": "https://qingjiang.example",
        "logo": _read_logo(),
    }


def _read_logo():
    with file_open("power_crm/static/description/icon.png", "rb") as file:
        return base64.b64encode(file.read())


def _load_chart(demo):
    """Load the Chinese chart; a chart already chosen for a company without entries gives way."""
    if demo.company.chart_template != CHART:
        demo.env["account.chart.template"]._load(CHART, demo.company, install_demo=False)
    # On a new database Odoo would put the generic chart over it once all is loaded.
    vars(demo.env.registry).pop("_auto_install_template", None)


def _open_bank_account(demo):
    env = demo.env
    bank = env["res.bank"].create({"name": "清江商业银行 Qingjiang Commercial Bank"})
    account = env["res.partner.bank"].create(
        {
            "acc_number": BANK_ACCOUNT,
            "partner_id": demo.company.partner_id.id,
            "bank_id": bank.id,
            "company_id": demo.company.id,
            "allow_out_payment": True,
        }
    )
    journal = env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", demo.company.id)], limit=1
    )
    journal.write(
        {
            "bank_account_id": account.id,
            "bank_statements_source": "file_import_oca",
            "default_sheet_mapping_id": env.ref("power_billing_bank.sheet_mapping_cn_gb18030").id,
        }
    )
    demo.keep("bank_journal", journal)
    demo.company.power_bank_account_id = account


def _make_payment_term(env):
    """Bills are due 20 days after their date."""
    return env["account.payment.term"].create(
        {
            "name": "20 days",
            "company_id": env.company.id,
            "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 20})],
        }
    )
