"""A household that pays before it uses, on its telephone.

It sees how long its money lasts, tops up, and at once it lasts longer; the accountant finds the
money as open credit in the receivable account; the next bill is paid from it.
"""

import datetime
import math
import re
from decimal import Decimal

import pytest
from conftest import Server, Session, utility_today
from playwright.sync_api import Page, expect

from e2e.conftest import PATIENCE, household_amount, pay, picture

LOGIN = "prepaid"
TOPUP = 100
PHONE = {"locale": "zh-CN", "viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module", autouse=True)
def computed_today(utility: Server) -> None:
    """As the nightly job does it."""
    finance = Session(utility, "finance")
    finance.call("power.prepaid.account", "action_update", [_account(utility)["id"]])


def test_1_the_household_sees_how_long_its_money_lasts(utility, open_page):
    page = open_page(LOGIN, **PHONE)
    page.goto("/my/power")
    picture(page, "portal-prepaid")
    account = _account(utility)
    assert account["available"] == account["credit"] - account["amount_open"] - account["unbilled"]
    _expect_balance(page, account)


def test_2_it_tops_up_and_the_money_lasts_longer(utility, open_page):
    before = _account(utility)
    page = open_page(LOGIN, **PHONE)
    page.goto("/my/power/topup")
    page.locator(f"a[href='/my/power/topup?amount={TOPUP}']").click()
    expect(page.locator("input[name=customer_input]:visible").first).to_be_visible()
    picture(page, "portal-topup")
    pay(page)
    page.wait_for_url(re.compile(r"/my/power/balance"), timeout=PATIENCE)
    after = _account(utility)
    assert after["credit"] == before["credit"] + TOPUP
    assert after["available"] == before["available"] + TOPUP
    days = math.floor(after["available"] / after["per_day"])
    assert after["date_run_out"] == utility_today() + datetime.timedelta(days=days)
    assert after["date_run_out"] > before["date_run_out"]
    _expect_balance(page, after)
    expect(page.locator("#balance_figures")).to_contain_text(f"{after['credit']:,.2f}")
    picture(page, "portal-topped-up")


def test_3_the_accountant_sees_the_open_credit(utility, open_page):
    account = _account(utility)
    page = open_page("finance")
    page.goto(f"/odoo/power-customers/{account['partner']}")
    on_account = page.locator("button[name=action_view_power_credit]")
    more = page.locator(".o_button_more")
    expect(on_account.or_(more).first).to_be_visible()
    if not on_account.is_visible():
        more.click()
    expect(on_account).to_contain_text(_money(account["credit"]))
    on_account.click()
    credits = page.locator(".o_list_view", has_text=f"{TOPUP:.2f}")
    expect(credits.locator(".o_data_row")).to_have_count(2)
    picture(page, "credit-on-account")
    [(receivable,)] = utility.rows(
        """
        SELECT sum(line.amount_residual)
          FROM account_move_line line JOIN account_account account ON account.id = line.account_id
         WHERE line.partner_id = %s AND line.parent_state = 'posted'
           AND account.account_type = 'asset_receivable'
        """,
        account["partner"],
    )
    assert receivable == -account["credit"]


def test_4_the_next_bill_is_paid_from_it(utility, open_page):
    before = _account(utility)
    bill = _bill_next_month(utility)
    [(state, amount, residual, payment)] = utility.rows(
        "SELECT state, amount_total, amount_residual, payment_state FROM power_bill WHERE id = %s",
        bill,
    )
    assert amount == household_amount(utility, bill)
    assert (state, residual, payment) == ("posted", 0, "paid")
    after = _account(utility)
    assert after["credit"] == before["credit"] - amount
    assert after["amount_open"] == 0
    page = open_page(LOGIN, **PHONE)
    page.goto(f"/my/power/bills/{bill}")
    expect(page.get_by_text("已缴清").first).to_be_visible()
    picture(page, "portal-prepaid-bill")
    page.goto("/my/power/balance")
    _expect_balance(page, after)


def _bill_next_month(utility: Server) -> int:
    """The clerk reads and bills this household alone; finance approves."""
    [(point, meter, first, value)] = utility.rows(
        """
        SELECT point.id, meter.id, (SELECT max(period_from) FROM power_bill
                                     WHERE supply_point_id = point.id AND state = 'posted'),
               (SELECT max(value) FROM power_meter_reading WHERE meter_id = meter.id)
          FROM power_supply_point point JOIN power_meter meter ON meter.supply_point_id = point.id
         WHERE point.payer_id = %s
        """,
        _account(utility)["partner"],
    )
    month = (first + datetime.timedelta(days=40)).replace(day=1)
    day = (month + datetime.timedelta(days=40)).replace(day=1) - datetime.timedelta(days=1)
    utility.rows("DELETE FROM power_meter_reading WHERE meter_id = %s AND date > %s", meter, month)
    clerk, finance = Session(utility, "clerk"), Session(utility, "finance")
    clerk.call(
        "power.meter.reading",
        "create",
        {"meter_id": meter, "date": day.isoformat(), "value": float(value + 90)},
    )
    run = clerk.call(
        "power.bill.run",
        "create",
        {"period": month.isoformat(), "supply_point_ids": [(6, 0, [point])]},
    )
    clerk.call("power.bill.run", "action_start", [run])
    clerk.call("power.bill.run", "action_run_now", [run])
    finance.call("power.bill.run", "action_approve", [run])
    finance.call("power.bill.run", "action_run_now", [run])
    return utility.rows("SELECT id FROM power_bill WHERE run_id = %s", run)[0][0]


def _account(utility: Server) -> dict:
    """What the books say of the household's balance."""
    [row] = utility.rows(
        """
        SELECT account.id, account.partner_id, account.credit, account.amount_open,
               account.unbilled, account.available, account.amount_per_day, account.date_run_out
          FROM power_prepaid_account account
          JOIN res_users users ON users.partner_id = account.partner_id
         WHERE users.login = %s
        """,
        LOGIN,
    )
    names = "id partner credit amount_open unbilled available per_day date_run_out"
    return dict(zip(names.split(), row, strict=True))


def _expect_balance(page: Page, account: dict) -> None:
    """The customer reads, in Chinese, what is left and until when it lasts."""
    box = page.locator(".o_power_prepaid")
    expect(box).to_contain_text(_money(account["available"]))
    expect(box).to_contain_text("可用余额")
    expect(box).to_contain_text(f"{account['date_run_out']:%Y/%m/%d}")


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"
