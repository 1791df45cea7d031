"""A factory and its service contract: it reads of a defect on its phone, asks for a quote and signs
it; the electrician comes; it pays an invoice and refuses a renewal; finance closes the month.
"""

import datetime
import io
import re
from decimal import Decimal

import pytest
from conftest import Server, utility_today
from playwright.sync_api import expect
from pypdf import PdfReader

from e2e.conftest import PATIENCE, button, pay, picture

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


def test_2_it_asks_for_a_quote_and_signs_it(utility, open_page, contract, mailbox):
    defect = _named(utility, "defect_earthing")
    page = open_page(LOGIN, **PHONE)
    page.goto(f"/my/contracts/{contract}")
    page.locator(f"form[action$='/my/power/defects/{defect}/quote'] button").click()
    expect(page.locator("#defects")).to_contain_text("您已索取报价")
    [(order, address)] = utility.rows(
        """
        SELECT sale_order.id, partner.email
          FROM sale_order JOIN res_partner partner ON partner.id = sale_order.partner_id
         WHERE power_defect_id = %s
        """,
        defect,
    )
    seller = open_page("manager", locale="en-US")
    seller.goto(f"/odoo/action-sale.action_quotations/{order}")
    button(seller, "action_quotation_send").click()
    button(seller, "action_send_mail").click()
    expect(seller.locator(".o_statusbar_status [data-value=sent]")).to_have_attribute(
        "aria-checked", "true"
    )
    _wait(seller, lambda: mailbox[0].to(address))
    page.goto(f"/my/contracts/{contract}")
    page.locator(f"#defects a[href*='/my/orders/{order}?']").first.click()
    expect(page.locator("#content, .o_portal_sale_sidebar").first).to_contain_text("接地网")
    page.locator("[data-bs-target='#modalaccept']:visible").first.click()
    _sign(page)
    page.locator("#modalaccept .o_portal_sign_submit").click()
    page.wait_for_url(re.compile("sign_ok"), timeout=PATIENCE)
    picture(page, "portal-quote-signed")
    [(state, signed)] = utility.rows(
        "SELECT state, signed_on IS NOT NULL FROM sale_order WHERE id = %s", order
    )
    assert (state, signed) == ("sale", True)


def _sign(page):
    """Draw with a finger, once the dialog has its size: before, an empty picture would be sent."""
    page.wait_for_function("document.querySelector('#modalaccept canvas')?.clientWidth > 100")
    page.locator("#modalaccept .o_web_sign_draw_button").click()
    paper = page.locator("#modalaccept canvas").bounding_box()
    left, middle = paper["x"] + 30, paper["y"] + paper["height"] / 2
    page.mouse.move(left, middle)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(left + 20 * step, middle + (15 if step % 2 else -15))
    page.mouse.up()
    expect(page.locator("#modalaccept .o_portal_sign_submit")).to_be_enabled()


def test_3_the_electrician_comes(utility, open_page, contract, mailbox):
    [(visit, address)] = utility.rows(
        """
        SELECT visit.id, partner.email
          FROM power_contract_visit visit JOIN res_partner partner ON partner.id = visit.partner_id
         WHERE contract_id = %s AND state = 'planned' ORDER BY date_planned LIMIT 1
        """,
        contract,
    )
    before = len(mailbox[0].to(address))
    page = open_page("crew", locale="en-US")
    page.goto(f"/odoo/power-contract-visits/{visit}")
    checks = page.locator("[name=test_ids] .o_data_row")
    expect(checks.first).to_be_visible()
    for row in checks.all():
        _choose_first(page, row.locator("td[name=looks]"))
    page.locator(".nav-link[name=report]").click()
    page.locator("[name=result] textarea").fill("Electrodes added, 1.8 Ω now.")
    button(page, "action_done").click()
    page.locator(".modal-footer .btn-primary").click()
    expect(page.locator(".o_statusbar_status [data-value=done]")).to_have_attribute(
        "aria-checked", "true"
    )
    picture(page, "contract-visit-done")
    _wait(page, lambda: len(mailbox[0].to(address)) > before)
    factory = open_page(LOGIN, **PHONE)
    answer = factory.request.get(f"/my/power/visits/{visit}")
    text = "".join(part.extract_text() for part in PdfReader(io.BytesIO(answer.body())).pages)
    assert "Electrodes added" in text


def test_4_the_factory_pays_the_invoice(utility, open_page, contract):
    [(move, name)] = _open_invoices(utility, contract)
    page = open_page(LOGIN, **PHONE)
    page.goto(f"/my/contracts/{contract}")
    page.locator("#invoices a", has_text=name).click()
    page.locator("[data-bs-target='#pay_with']:visible").first.click()
    pay(page)
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


def test_5_a_renewal_is_offered_and_refused(utility, open_page, contract):
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


def test_6_finance_closes_the_month(utility, open_page):
    """The first month that waits passes; its income is recognised, and no other."""
    yesterday = utility_today() - datetime.timedelta(days=1)
    [(day,)] = utility.rows("SELECT min(date) FROM power_contract_deferral WHERE state = 'waiting'")
    [(amount,)] = utility.rows(
        "SELECT sum(amount) FROM power_contract_deferral WHERE state = 'waiting' AND date = %s",
        day,
    )
    page = open_page("finance", locale="en-US")
    page.goto("/odoo/power-deferred-income")
    group = page.locator(".o_group_header", has_text=f"{day:%B %Y}")
    expect(group).to_contain_text(f"{amount:,.2f}")
    picture(page, "deferred-income")
    utility.rows(
        "UPDATE power_contract_deferral SET date = %s WHERE state = 'waiting' AND date = %s"
        " RETURNING id",
        yesterday,
        day,
    )
    waiting = "SELECT count(*) FROM power_contract_deferral WHERE state = 'waiting' AND date = %s"
    page.reload()
    page.locator(".o_group_header", has_text=f"{yesterday:%B %Y}").click()
    expect(page.locator(".o_data_row").first).to_be_visible()
    page.locator("thead .o_list_record_selector input").check()
    button(page, "action_recognise").click()
    _wait(page, lambda: utility.rows(waiting, yesterday) == [(0,)])
    rows = utility.rows(
        """
        SELECT move.state, sum(item.balance)
          FROM account_move move JOIN account_move_line item ON item.move_id = move.id
          JOIN res_company company ON company.id = move.company_id
         WHERE item.account_id = company.power_deferred_account_id
           AND move.id IN (SELECT move_id FROM power_contract_deferral WHERE date = %s)
         GROUP BY move.id, move.state
        """,
        yesterday,
    )
    assert rows == [("posted", amount)]
    for path, part in (("forecast", ".o_graph_renderer canvas"), ("margin", ".o_pivot table")):
        page.goto(f"/odoo/power-contract-{path}")
        expect(page.locator(part)).to_be_visible()
        picture(page, f"contract-{path}")


def _choose_first(page, cell) -> None:
    """Choose the first option of a cell; press again, as a person does, until its menu is open:
    a press is lost while the row before it is written."""
    menu, field = page.locator(".o_select_menu_item"), cell.locator("input")

    def is_open() -> bool:
        (field if field.count() else cell).click()
        page.wait_for_timeout(500)
        return menu.count() > 0

    _wait(page, is_open)
    menu.first.click()
    expect(menu).to_have_count(0)


def _wait(page, condition) -> None:
    for _ in range(90):
        if condition():
            return
        page.wait_for_timeout(1000)
    assert condition()


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
