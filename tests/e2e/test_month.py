"""One month, from the meter to the money, by the people who do it.

The clerk imports the readings and runs the month; finance approves it; a household gets the
mail, opens the portal in Chinese and pays; another pays through the bank, and the accountant
imports the bank's file, which finds the bill by its reference. The books balance to the cent.
"""

import csv
import re
import time
from decimal import Decimal

import pytest
from conftest import Server, utility_today
from playwright.sync_api import expect

from e2e.conftest import (
    PATIENCE,
    button,
    household_amount,
    pay,
    picture,
    until_state,
    write_readings,
)


@pytest.fixture(scope="module")
def readings_file(month, next_readings, tmp_path_factory):
    """What the meter readers bring: a register of every meter, as much again as last time."""
    path = tmp_path_factory.mktemp("files") / "readings.csv"
    write_readings(path, month[1], next_readings)
    return path


def test_1_the_clerk_imports_the_readings(utility, month, readings_file, open_page):
    page = open_page("clerk")
    page.goto("/odoo/action-power_billing.power_reading_import_action")
    page.set_input_files("input[type=file]", readings_file)
    button(page, "action_import").click()
    expect(button(page, "action_view_readings")).to_be_visible(timeout=PATIENCE)
    picture(page, "readings-imported")
    [(count,)] = utility.rows(
        "SELECT count(*) FROM power_meter_reading WHERE date = %s AND kind <> 'initial'", month[1]
    )
    with readings_file.open(encoding="gb18030") as file:
        assert count == sum(1 for _row in file) - 1


def test_2_the_clerk_runs_the_month_and_finance_approves(utility, month, open_page):
    page = open_page("clerk")
    page.goto("/odoo/power-bill-runs/new")
    expect(button(page, "action_start")).to_be_visible()
    # The form proposes the month before this one, which is the one that waits.
    button(page, "action_start").click()
    until_state(page, utility, "rated")
    picture(page, "run-to-approve")
    run = utility.rows("SELECT max(id) FROM power_bill_run")[0][0]
    assert utility.rows("SELECT date_from FROM power_bill_run WHERE id = %s", run) == [(month[0],)]
    page = open_page("finance")
    page.goto(f"/odoo/power-bill-runs/{run}")
    button(page, "action_approve").click()
    page.locator(".modal button.btn-primary").click()
    until_state(page, utility, "done")
    picture(page, "run-done")
    button(page, "action_send").click()
    page.locator(".modal button.btn-primary").click()
    states = dict(
        utility.rows("SELECT state, count(*) FROM power_bill WHERE run_id = %s GROUP BY 1", run)
    )
    assert states.get("posted", 0) > 200
    assert set(states) <= {"posted", "failed"}


def test_3_the_household_gets_the_mail_with_the_bill(utility, mailbox):
    box, _port = mailbox
    address = _email(utility, "household")
    for _ in range(300):
        if box.to(address):
            break
        time.sleep(1)
    [message] = box.to(address)
    [attachment] = [part for part in message.iter_attachments()]
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_content().startswith(b"%PDF")


def test_4_the_household_pays_in_chinese(utility, open_page):
    page = open_page("household", locale="zh-CN", viewport={"width": 390, "height": 844})
    page.goto("/my/power/bills?filterby=open&sortby=date")
    picture(page, "portal-bills")
    expect(page.get_by_text("电费账单").first).to_be_visible()
    page.locator("table a[href*='/my/power/bills/']").first.click()
    picture(page, "portal-bill")
    number = int(re.search(r"/my/power/bills/(\d+)", page.url)[1])
    amount = household_amount(utility, number)
    expect(page.locator(".o_portal_bill")).to_contain_text(f"{amount:,.2f}")
    page.locator("[data-bs-target='#pay_with']").first.click()
    pay(page)
    for _ in range(60):
        [(residual, state)] = utility.rows(
            "SELECT amount_residual, payment_state FROM account_move WHERE id = "
            "(SELECT move_id FROM power_bill WHERE id = %s)",
            number,
        )
        if not residual:
            break
        page.wait_for_timeout(1000)
    assert (residual, state) == (Decimal(0), "paid")
    page.goto(f"/my/power/bills/{number}")
    expect(page.get_by_text("已缴清").first).to_be_visible()
    picture(page, "portal-bill-paid")


def test_5_the_accountant_imports_the_bank_file(utility, open_page, tmp_path):
    [(bill, reference, amount, payer)] = utility.rows(
        """
        SELECT bill.id, bill.payment_reference, bill.amount_residual, partner.name
          FROM power_bill bill JOIN res_partner partner ON partner.id = bill.partner_id
         WHERE bill.state = 'posted' AND bill.amount_residual > 0
      ORDER BY bill.period_from DESC, bill.id DESC LIMIT 1
        """
    )
    day = utility_today().isoformat()
    path = tmp_path / "bank.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["交易日期", "对方户名", "对方账号", "交易金额", "摘要", "流水号"])
        writer.writerow([day, payer, "6222001", amount, f"电费 {reference}", "E2E-1"])
    page = open_page("finance")
    page.goto("/odoo/action-account.open_account_journal_dashboard_kanban")
    button(page, "import_account_statement").click()
    page.set_input_files(".modal input[type=file]", path)
    button(page, "import_file_button").click()
    page.wait_for_timeout(3000)
    picture(page, "bank-imported")
    for _ in range(60):
        [(residual,)] = utility.rows("SELECT amount_residual FROM power_bill WHERE id = %s", bill)
        if not residual:
            break
        page.wait_for_timeout(1000)
    assert residual == 0


def test_6_the_books_balance(utility):
    """Receivable = unpaid bills; income + tax + funds = billed."""
    [(balance,)] = utility.rows(
        "SELECT sum(balance) FROM account_move_line WHERE parent_state = 'posted'"
    )
    assert balance == 0
    [(receivable,)] = utility.rows(
        """
        SELECT sum(line.amount_residual)
          FROM account_move_line line
          JOIN account_account account ON account.id = line.account_id
          JOIN power_bill bill ON bill.move_id = line.move_id
         WHERE account.account_type = 'asset_receivable' AND line.parent_state = 'posted'
        """
    )
    [(unpaid, billed)] = utility.rows(
        "SELECT sum(amount_residual), sum(amount_total) FROM power_bill WHERE state = 'posted'"
    )
    assert receivable == unpaid
    [(credited,)] = utility.rows(
        """
        SELECT -sum(line.balance)
          FROM account_move_line line
          JOIN account_account account ON account.id = line.account_id
          JOIN power_bill bill ON bill.move_id = line.move_id
         WHERE account.account_type <> 'asset_receivable' AND line.parent_state = 'posted'
        """
    )
    assert credited == billed


def _email(utility: Server, login: str) -> str:
    return utility.rows(
        "SELECT partner.email FROM res_users users JOIN res_partner partner "
        "ON partner.id = users.partner_id WHERE users.login = %s",
        login,
    )[0][0]
