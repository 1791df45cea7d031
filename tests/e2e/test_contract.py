"""A factory and its service contract: it reads of a defect on its phone, refuses a renewal and pays
an invoice; finance looks at the deferred income of the month.
"""

import io
import re
from decimal import Decimal

import pytest
from conftest import Server, utility_today
from playwright.sync_api import expect
from pypdf import PdfReader

from e2e.conftest import PATIENCE, button, picture

LOGIN = "factory"
PHONE = {"locale": "zh-CN", "viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def contract(utility: Server) -> int:
    """Its electrician reads Chinese."""
    utility.rows(
        "UPDATE res_partner SET lang = 'zh_CN' WHERE id = "
        "(SELECT partner_id FROM res_users WHERE login = %s) RETURNING id",
        LOGIN,
    )
    return _named(utility, "contract_factory")


def test_1_the_factory_reads_of_its_defect(utility, open_page, contract):
    page = open_page(LOGIN, **PHONE)
    page.goto(f"/my/contracts/{contract}")
    defects = page.locator("#defects")
    expect(defects).to_contain_text("接地电阻超标")
    expect(defects).to_contain_text("严重")
    [(visit, planned)] = utility.rows(
        """
        SELECT defect.contract_visit_id,
               (SELECT min(date_planned) FROM power_contract_visit
                 WHERE contract_id = %s AND state = 'planned')
          FROM power_defect defect WHERE defect.id = %s
        """,
        contract,
        _named(utility, "defect_earthing"),
    )
    assert planned.date() >= utility_today()
    expect(page.locator("#visits")).to_contain_text(f"{planned:%Y/%m/%d}")
    picture(page, "portal-contract")
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "nothing sticks out of the phone"
    answer = page.request.get(f"/my/power/visits/{visit}")
    text = "".join(part.extract_text() for part in PdfReader(io.BytesIO(answer.body())).pages)
    assert "6.3" in text
    assert "接地电阻超标" in text.replace("\n", "")


def test_2_a_renewal_is_offered_and_refused(utility, open_page, contract):
    manager = open_page("manager", locale="en-US")
    manager.goto(f"/odoo/power-contracts/{contract}")
    button(manager, "action_offer_renewal").click()
    expect(button(manager, "action_renew")).to_be_visible()
    page = open_page(LOGIN, **PHONE)
    page.goto(f"/my/contracts/{contract}")
    offer = page.locator("#renewal")
    expect(offer).to_be_visible()
    offer.locator("form[action$='/decline'] button").click()
    expect(page.locator(".alert-info").first).to_be_visible()
    expect(page.locator("#renewal")).to_have_count(0)
    picture(page, "portal-renewal-refused")
    [(state,)] = utility.rows("SELECT renewal_state FROM contract_contract WHERE id = %s", contract)
    assert state == "declined"


def test_3_the_factory_pays_the_invoice(utility, open_page, contract):
    [(move, name)] = _open_invoices(utility, contract)
    page = open_page(LOGIN, **PHONE)
    page.goto(f"/my/contracts/{contract}")
    page.locator("#invoices a", has_text=name).click()
    page.locator("[data-bs-target='#pay_with']:visible").first.click()
    page.locator("input[name=customer_input]:visible").first.fill("4242")
    page.locator("button[name=o_payment_submit_button]:visible").first.click()
    page.wait_for_url(re.compile(r"/(my|payment)/"), timeout=PATIENCE)
    for _ in range(60):
        [(residual,)] = utility.rows("SELECT amount_residual FROM account_move WHERE id = %s", move)
        if not residual:
            break
        page.wait_for_timeout(1000)
    assert residual == Decimal(0)
    page.goto(f"/my/contracts/{contract}")
    expect(page.locator("#invoices a", has_text=name)).to_contain_text("已付")
    assert not _open_invoices(utility, contract)
    picture(page, "portal-contract-paid")


def test_4_finance_sees_the_deferred_income_of_the_month(utility, open_page):
    page = open_page("finance", locale="en-US")
    page.goto("/odoo/power-deferred-income")
    this_month = f"{utility_today():%B %Y}"
    group = page.locator(".o_group_header", has_text=this_month)
    [(amount,)] = utility.rows(
        "SELECT sum(amount) FROM power_contract_deferral WHERE state = 'waiting'"
        " AND date_trunc('month', date) = %s",
        utility_today().replace(day=1),
    )
    assert amount > 0
    expect(group).to_contain_text(f"{amount:,.2f}")
    picture(page, "deferred-income")
    page.goto("/odoo/power-contract-forecast")
    expect(page.locator(".o_graph_renderer canvas")).to_be_visible()
    picture(page, "contract-forecast")
    page.goto("/odoo/power-contract-margin")
    expect(page.locator(".o_pivot table")).to_be_visible()
    picture(page, "contract-margin")


def _named(utility: Server, name: str) -> int:
    [(number,)] = utility.rows(
        "SELECT res_id FROM ir_model_data WHERE module = 'power_demo' AND name = %s", name
    )
    return number


def _open_invoices(utility: Server, contract: int) -> list[tuple[int, str]]:
    return utility.rows(
        """
        SELECT DISTINCT move.id, move.name
          FROM account_move move JOIN account_move_line item ON item.move_id = move.id
          JOIN contract_line line ON line.id = item.contract_line_id
         WHERE line.contract_id = %s AND move.state = 'posted' AND move.amount_residual > 0
        """,
        contract,
    )
