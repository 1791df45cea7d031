"""A reading was wrong, and the bill is paid already.

Finance cancels the bill with the reason and has it billed again; the clerk corrects the reading
and rates the new bill; finance posts it. What was paid stays on the customer's account and settles
the new bill; the customer reads the difference. The books balance.
"""

from decimal import Decimal

import pytest
from conftest import Server
from playwright.sync_api import expect

from e2e.conftest import button, household_amount, picture

LOGIN = "household"
REASON = "meter misread"


@pytest.fixture(scope="module")
def wrong(utility: Server) -> dict:
    """The household's last bill, paid, whose reading was forty kWh too high."""
    [row] = utility.rows(
        """
        SELECT bill.id, bill.partner_id, bill.name, bill.kwh, bill.amount_total,
               bill.payment_state, reading.id, reading.value
          FROM power_bill bill
          JOIN res_users users ON users.partner_id = bill.partner_id
          JOIN power_meter_reading reading ON reading.bill_id = bill.id
         WHERE users.login = %s AND bill.state = 'posted'
      ORDER BY bill.period_from DESC, reading.date DESC LIMIT 1
        """,
        LOGIN,
    )
    names = "id partner name kwh amount payment reading value"
    bill = dict(zip(names.split(), row, strict=True))
    assert bill["payment"] == "paid"
    assert bill["amount"] == household_amount(utility, bill["id"])
    return bill


def test_1_finance_cancels_the_bill_and_bills_it_again(utility, wrong, open_page):
    page = open_page("finance")
    page.goto(f"/odoo/power-bills/{wrong['id']}")
    button(page, "action_cancel").click()
    page.locator(".modal [name=reason] input").fill(REASON)
    page.locator(".modal [name=bill_again] input").check()
    picture(page, "bill-cancel")
    page.locator(".modal button[name=action_confirm]").click()
    expect(page.locator(".o_data_row", has_text=wrong["name"])).to_be_visible()
    [(state, credit_note)] = utility.rows(
        """
        SELECT bill.state, move.move_type || ' ' || move.state
          FROM power_bill bill JOIN account_move move ON move.id = bill.credit_move_id
         WHERE bill.id = %s
        """,
        wrong["id"],
    )
    assert (state, credit_note) == ("cancelled", "out_refund posted")
    assert _credit(utility, wrong["partner"]) == wrong["amount"]
    again = _again(utility, wrong)
    assert (again["state"], again["amount"]) == ("rated", wrong["amount"])


def test_2_the_clerk_corrects_the_reading_and_rates_again(utility, wrong, open_page):
    page = open_page("clerk")
    page.goto(f"/odoo/power-readings/{wrong['reading']}")
    page.locator(".o_field_widget[name=value] input").fill(f"{wrong['value'] - 40:.2f}")
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_form_button_save:visible")).to_have_count(0)
    assert utility.rows(
        "SELECT state, value FROM power_meter_reading WHERE id = %s", wrong["reading"]
    ) == [("validated", wrong["value"] - 40)]
    page.goto(f"/odoo/power-bills/{_again(utility, wrong)['id']}")
    button(page, "action_rate").click()
    expect(page.locator("[name=kwh]").first).to_contain_text(f"{wrong['kwh'] - 40:.2f}")
    picture(page, "bill-rated-again")
    new = _again(utility, wrong)
    assert (new["state"], new["kwh"]) == ("rated", wrong["kwh"] - 40)


def test_3_finance_posts_it_and_it_is_paid(utility, wrong, open_page):
    page = open_page("finance")
    page.goto(f"/odoo/power-bills/{_again(utility, wrong)['id']}")
    button(page, "action_post").click()
    expect(page.locator(".ribbon", has_text="Paid")).to_be_visible()
    picture(page, "bill-corrected")
    new = _again(utility, wrong)
    assert new["amount"] == household_amount(utility, new["id"])
    # Forty kWh at one of the three prices, or at two where the limit lies among them.
    assert Decimal("22.31") <= wrong["amount"] - new["amount"] <= Decimal("34.33")
    assert (new["state"], new["residual"], new["payment"]) == ("posted", 0, "paid")
    assert _credit(utility, wrong["partner"]) == wrong["amount"] - new["amount"]


def test_4_the_customer_reads_the_difference(utility, wrong, open_page):
    new = _again(utility, wrong)
    difference = wrong["amount"] - new["amount"]
    page = open_page(LOGIN, locale="zh-CN", viewport={"width": 390, "height": 844})
    page.goto("/my/power/bills")
    row = page.locator("tr", has_text=wrong["name"])
    expect(row).to_have_count(1)
    expect(row).to_contain_text(f"{new['amount']:.2f}")
    row.locator("a").first.click()
    bill = page.locator(".o_portal_bill")
    for text in (REASON, f"{wrong['amount']:.2f}", f"{new['amount']:.2f}", f"{difference:.2f}"):
        expect(bill).to_contain_text(text)
    picture(page, "portal-bill-corrected")
    page.goto("/my/power/balance")
    expect(page.locator("#balance_figures")).to_contain_text(f"{difference:.2f}")
    picture(page, "portal-balance-corrected")


def test_5_the_books_balance(utility):
    """Receivable = open bills and services less credits; income, tax and funds = what is billed."""
    [(balance,)] = utility.rows(
        "SELECT sum(balance) FROM account_move_line WHERE parent_state = 'posted'"
    )
    assert balance == 0
    [(receivable, credit)] = utility.rows(
        """
        SELECT sum(line.balance), -sum(line.amount_residual) FILTER (WHERE line.amount_residual < 0)
          FROM account_move_line line JOIN account_account account ON account.id = line.account_id
         WHERE account.account_type = 'asset_receivable' AND line.parent_state = 'posted'
        """
    )
    [(unpaid, billed)] = utility.rows(
        "SELECT sum(amount_residual), sum(amount_total) FROM power_bill WHERE state = 'posted'"
    )
    [(unpaid_services, services)] = utility.rows(
        """
        SELECT sum(amount_residual) FILTER (WHERE move_type = 'out_invoice'),
               sum(amount_total_signed)
          FROM account_move move
         WHERE state = 'posted' AND EXISTS (
               SELECT FROM account_move_line line
                WHERE line.move_id = move.id AND line.contract_line_id IS NOT NULL)
        """
    )
    assert receivable == unpaid + unpaid_services - credit
    [(credited,)] = utility.rows(
        """
        SELECT -sum(line.balance)
          FROM account_move_line line
          JOIN account_account account ON account.id = line.account_id
          JOIN account_move move ON move.id = line.move_id
         WHERE account.account_type <> 'asset_receivable' AND line.parent_state = 'posted'
           AND move.move_type IN ('out_invoice', 'out_refund')
        """
    )
    assert credited == billed + services


def _credit(utility: Server, partner: int) -> Decimal:
    """What stands open for the customer in the receivable account."""
    return utility.rows(
        """
        SELECT coalesce(-sum(line.amount_residual), 0)
          FROM account_move_line line JOIN account_account account ON account.id = line.account_id
         WHERE line.partner_id = %s AND line.parent_state = 'posted' AND line.amount_residual < 0
           AND account.account_type = 'asset_receivable'
        """,
        partner,
    )[0][0]


def _again(utility: Server, wrong: dict) -> dict:
    [row] = utility.rows(
        "SELECT id, state, kwh, amount_total, amount_residual, payment_state FROM power_bill "
        "WHERE name = %s AND state <> 'cancelled'",
        wrong["name"],
    )
    return dict(zip(["id", "state", "kwh", "amount", "residual", "payment"], row, strict=True))
