"""Grades at work: the analyst mends a scheme, the manager puts grades in force and passes on the
workbook, a customer reads why and appeals.
"""

import io
import re

import openpyxl
import pytest
from conftest import Server, Session, utility_today
from playwright.sync_api import expect

from e2e.conftest import button, picture

SCHEME = "credit_default"


@pytest.fixture(scope="module", autouse=True)
def first_grades(utility: Server) -> None:
    """Last month's run is in force; customers see their credit."""
    [(day,)] = utility.rows("SELECT max(period_to) FROM power_bill WHERE state = 'posted'")
    schemes = dict(
        utility.rows(
            "SELECT code, id FROM power_grading_scheme WHERE state = 'active' AND code IN %s",
            ((SCHEME, "tongjiang_pyramid", "wuxi_risk")),
        )
    )
    [(company,)] = utility.rows(
        "SELECT company_id FROM power_bill WHERE state = 'posted' GROUP BY 1 ORDER BY count(*) DESC"
        " LIMIT 1"
    )
    manager = Session(utility, "manager")
    manager.call("power.grading.scheme", "write", [schemes[SCHEME]], {"portal_visible": True})
    [run] = manager.call(
        "power.grading.run",
        "create",
        [
            {
                "company_id": company,
                "date": str(day),
                "line_ids": [[0, 0, {"scheme_id": scheme}] for scheme in schemes.values()],
            }
        ],
    )
    manager.call("power.grading.run", "action_compute", [run])
    manager.call("power.grading.run", "action_approve", [run])


def _overflowing(sheet):
    """Cells whose number is wider than its column: a reader would see ####."""
    widths = {
        column: group.width
        for group in sheet.column_dimensions.values()
        for column in range(group.min, group.max + 1)
    }
    for row in sheet.iter_rows():
        for cell in row:
            places = 2 if "0.00" in cell.number_format else 0
            if (
                isinstance(cell.value, int | float)
                and len(f"{cell.value:,.{places}f}") >= widths[cell.column]
            ):
                yield cell


def test_1_the_analyst_tries_a_version_runs_and_compares(utility, open_page):
    [(scheme,)] = utility.rows(
        "SELECT id FROM power_grading_scheme WHERE code = %s AND state = 'active'", SCHEME
    )
    page = open_page("analyst", locale="en-US")
    page.goto(f"/odoo/power-grading-schemes/{scheme}")
    button(page, "action_open_try").click()
    dialog = page.locator(".modal-dialog")
    dialog.get_by_role("tab", name="Weights").click()
    weight = dialog.locator("td[name=weight]").first
    weight.click()
    weight.locator("input").fill("5")
    button(page, "action_try").click()
    # a long record of payment counts less: somebody moves, nothing is saved
    expect(dialog.locator("[name=moved_count]")).to_be_visible()
    picture(page, "grading-try")
    assert int(dialog.locator("[name=moved_count]").inner_text()) > 0
    button(page, "action_keep").click()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("Draft")
    button(page, "action_activate").click()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("In use")
    page.goto("/odoo/power-grading-runs/new")
    button(page, "action_start").click()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text(
        "To approve", timeout=60_000
    )
    picture(page, "grading-run")
    button(page, "action_open_comparison").click()
    chosen = page.locator(".modal-dialog [name=line_id] input")
    chosen.click()
    page.locator(".o-autocomplete--dropdown-item", has_text="Credit by payment").first.click()
    expect(page.locator(".modal-dialog [name=other_line_id] input")).not_to_have_value("")
    button(page, "action_compare").click()
    expect(page.locator("div.o_pivot")).to_be_visible()
    picture(page, "grading-comparison")
    page.locator("button.o_switch_view.o_list").click()
    expect(page.locator(".o_data_row").first).to_be_visible()
    assert page.locator("td[name=reason]", has_text="version of the scheme").count()
    assert page.locator("button[name=action_start_approval]").count() == 0


def test_2_the_manager_approves_looks_and_passes_on(utility, open_page):
    page = open_page("manager", locale="en-US")
    [(run,)] = utility.rows("SELECT id FROM power_grading_run WHERE state = 'computed'")
    page.goto(f"/odoo/power-grading-runs/{run}")
    button(page, "action_start_approval").click()
    page.locator(".modal-footer .btn-primary").click()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("In force")
    with page.expect_download() as download:
        button(page, "action_export_workbook").click()
    content = download.value.path().read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert {"Summary", "Movement", "Who moved"} < set(book.sheetnames)
    [(graded,)] = utility.rows(
        "SELECT l.graded_count FROM power_grading_run_line l JOIN power_grading_scheme s"
        " ON s.id = l.scheme_id WHERE l.run_id = %s AND s.code = %s",
        run,
        SCHEME,
    )
    sheet = next(book[name] for name in book.sheetnames if name.startswith("Credit by"))
    assert (sheet.freeze_panes, bool(sheet.auto_filter.ref)) == ("C2", True)
    assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows == "$1:$1"
    assert book["Summary"]._charts
    assert not [cell.coordinate for tab in book for cell in _overflowing(tab)]
    letters = [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert sum(letter in ("A", "B", "C", "D") for letter in letters) == graded
    page.goto("/odoo/power-pyramid")
    row = page.locator(".o_data_row").first
    expect(row).to_be_visible()
    picture(page, "grading-pyramid")
    layer = row.locator("td[name=band_id]").inner_text()
    count = int(row.locator("td[name=customer_count]").inner_text().replace(",", ""))
    row.locator("button[name=action_open_customers]").click()
    expect(page.locator(".o_breadcrumb")).to_contain_text(layer)
    expect(page.locator(".o_data_row")).to_have_count(count)
    page.goto("/odoo/power-risk-watch")
    expect(page.locator(".o_list_renderer, .o_view_nocontent").first).to_be_visible()
    picture(page, "grading-watch")


def test_3_the_customer_reads_why_and_appeals(utility, open_page):
    page = open_page("factory", locale="zh-CN")
    page.goto("/my/power/grades")
    card = page.locator(".card").first
    expect(card.locator(".badge").first).to_have_text(re.compile("^[A-D]$"))
    picture(page, "portal-grades")
    card.locator("summary").click()
    card.locator("textarea").fill("三月的账单当天就付了。")
    card.locator("button[type=submit]").click()
    expect(page.locator(".alert-success")).to_be_visible()
    [(text, deadline, keeper, activities)] = utility.rows(
        """
        SELECT appeal.text, appeal.deadline, appeal.user_id,
               (SELECT count(*) FROM mail_activity WHERE res_model = 'power.grading.appeal'
                   AND res_id = appeal.id)
          FROM power_grading_appeal appeal WHERE appeal.state = 'open'
        """
    )
    assert text == "三月的账单当天就付了。"
    assert deadline > utility_today()
    assert keeper
    assert activities == 1
    picture(page, "portal-appeal")
