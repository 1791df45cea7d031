"""A month in which not everything is right, from the readings to the bills that stay behind.

The file of the meter readers has a number typed with a digit too many, a house that grew, one
nobody believes, one that fell and an empty one. The clerk settles what can be settled; the bills
that look odd wait; finance posts the others, and the board names those left out.
"""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from conftest import Server
from playwright.sync_api import Page, expect

from e2e.conftest import (
    PATIENCE,
    Next,
    button,
    household_amount,
    picture,
    until_state,
    write_readings,
)

USUAL_KWH = 110
HEATING = "asked the customer: electric heating since this month"


@dataclass
class House:
    """A household whose reading goes wrong."""

    point: int
    number: str
    meter: str
    usual: Decimal
    reading: Next


@pytest.fixture(scope="module")
def houses(utility: Server, next_readings) -> list[House]:
    """Five ordinary households with enough use for the checks, one register each."""
    readings = {reading.meter: reading for reading in next_readings}
    rows = utility.rows(
        """
        SELECT point.id, point.number, meter.number, use.kwh
          FROM power_supply_point point
          JOIN power_meter meter ON meter.supply_point_id = point.id
          JOIN power_usage_category usage ON usage.id = point.usage_category_id
          CROSS JOIN LATERAL (SELECT avg(kwh) AS kwh FROM (
              SELECT kwh FROM power_bill WHERE supply_point_id = point.id AND state = 'posted'
            ORDER BY period_from DESC LIMIT 12) last) use
         WHERE point.state = 'active' AND usage.kind = 'residential'
           AND point.date_activated < date_trunc('year', CURRENT_DATE - 40)
           AND NOT coalesce(point.is_prepaid, FALSE)
           AND use.kwh BETWEEN %s AND 400
           AND EXISTS (SELECT FROM res_partner WHERE id = point.partner_id AND NOT is_company)
         ORDER BY point.number LIMIT 5
        """,
        USUAL_KWH,
    )
    assert len(rows) == 5
    return [House(*row, readings[row[2]]) for row in rows]


@pytest.fixture(scope="module")
def mistyped(houses) -> House:
    """Twenty times the usual: a digit too many."""
    houses[0].reading.value = houses[0].reading.last + round(20 * houses[0].usual)
    return houses[0]


@pytest.fixture(scope="module")
def grown(houses) -> House:
    """Eight times the usual, and true."""
    houses[1].reading.value = houses[1].reading.last + round(8 * houses[1].usual)
    return houses[1]


@pytest.fixture(scope="module")
def doubtful(houses) -> House:
    """Thirty times the usual, and nobody knows why."""
    houses[2].reading.value = houses[2].reading.last + round(30 * houses[2].usual)
    return houses[2]


@pytest.fixture(scope="module")
def fallen(houses) -> House:
    houses[3].reading.value = houses[3].reading.last - 1
    return houses[3]


@pytest.fixture(scope="module")
def empty(houses) -> House:
    """Nothing used at an active point."""
    houses[4].reading.value = houses[4].reading.last
    return houses[4]


@pytest.fixture(scope="module")
def readings_file(month, next_readings, mistyped, grown, doubtful, fallen, empty, tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "readings.csv"
    write_readings(path, month[1], next_readings)
    return path


def test_1_the_clerk_is_told_the_wrong_row(
    utility, month, readings_file, next_readings, fallen, open_page
):
    page = open_page("clerk")
    page.goto("/odoo/action-power_billing.power_reading_import_action")
    page.set_input_files("input[type=file]", readings_file)
    button(page, "action_import").click()
    wrong = page.locator(".o_data_row", has_text="lower than the reading before")
    expect(wrong).to_have_count(1)
    expect(wrong).to_contain_text(f"{fallen.reading.last:.2f}")
    expect(page.get_by_text("nothing has been imported")).to_be_visible()
    picture(page, "readings-wrong-row")
    button(page, "action_import_good").click()
    expect(page.get_by_text("3 of them are held")).to_be_visible(timeout=PATIENCE)
    assert utility.rows(
        "SELECT count(*) FROM power_meter_reading WHERE date = %s AND kind = 'actual'", month[1]
    ) == [(len(next_readings) - 1,)]


def test_2_the_clerk_settles_the_held_readings(
    utility, month, mistyped, grown, doubtful, empty, open_page
):
    page = open_page("clerk")
    page.goto("/odoo/power-readings-held")
    for house in (mistyped, grown, doubtful):
        expect(_row(page, house.meter)).to_contain_text("times the usual")
    expect(page.locator(".o_data_row")).to_have_count(3)
    picture(page, "readings-held")
    # A house that used nothing is noted, not held: its bill will be looked at.
    assert _reading(utility, month, empty)[0] == "validated"
    _correct(page, mistyped)
    _release(page, grown)
    _row(page, doubtful.meter).locator("button[name=action_ask_reread]").click()
    expect(_row(page, doubtful.meter).locator("button[name=action_ask_reread]")).to_have_count(0)
    page.reload()
    expect(page.locator(".o_data_row")).to_have_count(1)
    expect(_row(page, doubtful.meter)).to_be_visible()
    assert _reading(utility, month, mistyped) == (
        "validated",
        mistyped.reading.last + round(mistyped.usual),
        None,
    )
    assert _reading(utility, month, grown) == ("validated", grown.reading.value, HEATING)
    assert _reading(utility, month, doubtful)[0] == "held"


def _correct(page: Page, house: House) -> None:
    _type(page, house.meter, "value", str(house.reading.last + round(house.usual)))
    expect(_row(page, house.meter).locator("button[name=action_release]")).to_have_count(0)


def _release(page: Page, house: House) -> None:
    """Without a note the clerk is told what is missing."""
    _row(page, house.meter).locator("button[name=action_release]").click()
    expect(page.locator(".modal")).to_contain_text("why this reading is right")
    page.locator(".modal .btn-primary").click()
    _type(page, house.meter, "release_note", HEATING)
    _row(page, house.meter).locator("button[name=action_release]").click()
    expect(_row(page, house.meter).locator("button[name=action_release]")).to_have_count(0)


def _type(page: Page, meter: str, field: str, text: str) -> None:
    _row(page, meter).locator(f"td[name={field}]").click()
    page.locator(f".o_selected_row td[name={field}] input").fill(text)
    page.locator(".o_list_button_save:visible").first.click()
    expect(page.locator(".o_selected_row")).to_have_count(0)


def test_3_the_clerk_has_the_fallen_one_estimated(utility, month, fallen, open_page):
    page = open_page("clerk")
    page.goto("/odoo/action-power_billing.power_reading_estimate_action")
    button(page, "action_estimate").click()
    expect(_row(page, fallen.meter)).to_contain_text("Estimated")
    expect(page.locator(".o_data_row")).to_have_count(1)
    picture(page, "readings-estimated")
    state, value, _note = _reading(utility, month, fallen)
    assert state == "validated"
    assert value > fallen.reading.last


def test_4_odd_bills_wait_and_the_clerk_releases_one(utility, grown, empty, doubtful, open_page):
    page = open_page("clerk")
    page.goto("/odoo/power-bill-runs/new")
    expect(button(page, "action_start")).to_be_visible()
    button(page, "action_start").click()
    until_state(page, utility, "rated")
    page.locator(".nav-link[name=problems]").click()
    expect(_row(page, grown.number)).to_contain_text("Far above the usual")
    expect(_row(page, empty.number)).to_contain_text("No use")
    expect(_row(page, doubtful.number)).to_contain_text("waits for a clerk")
    picture(page, "run-to-check")
    _row(page, grown.number).locator("button[name=action_release_checks]").click()
    page.locator(".modal [name=note] input").fill(HEATING)
    page.locator(".modal button[name=action_confirm]").click()
    expect(_row(page, grown.number)).to_have_count(0)
    assert _bill(utility, grown)[:3] == ("rated", "released", HEATING)
    assert _bill(utility, empty)[:2] == ("rated", "to_check")


def test_5_finance_posts_the_others(utility, mistyped, grown, fallen, empty, doubtful, open_page):
    page = open_page("finance")
    run = utility.rows("SELECT max(id) FROM power_bill_run")[0][0]
    page.goto(f"/odoo/power-bill-runs/{run}")
    button(page, "action_approve").click()
    page.locator(".modal button.btn-primary").click()
    until_state(page, utility, "done")
    page.locator(".nav-link[name=problems]").click()
    expect(_row(page, empty.number)).to_contain_text("No use")
    expect(_row(page, doubtful.number)).to_contain_text("waits for a clerk")
    picture(page, "run-left-out")
    for house in (mistyped, grown, fallen):
        state, _check, _note, _kwh, estimated, move = _bill(utility, house)
        assert (state, bool(move)) == ("posted", True)
        assert estimated == (house is fallen)
        [(bill, amount)] = utility.rows(
            "SELECT id, amount_total FROM power_bill WHERE supply_point_id = %s "
            "AND state = 'posted' ORDER BY period_from DESC LIMIT 1",
            house.point,
        )
        assert amount == household_amount(utility, bill)
    assert _bill(utility, mistyped)[3] == round(mistyped.usual)
    assert _bill(utility, grown)[3] == round(8 * grown.usual)
    assert _bill(utility, empty)[:2] == ("rated", "to_check")
    assert _bill(utility, doubtful)[0] == "failed"
    assert not _bill(utility, empty)[5]
    assert not _bill(utility, doubtful)[5]


def test_6_the_board_tells_what_was_left_out(utility, open_page):
    page = open_page("finance")
    page.goto("/odoo/power-bill-runs?view_type=kanban")
    [(name, checked, failed)] = utility.rows(
        """
        SELECT run.name, count(*) FILTER (WHERE bill.state = 'rated'),
               count(*) FILTER (WHERE bill.state = 'failed')
          FROM power_bill_run run JOIN power_bill bill ON bill.run_id = run.id
         GROUP BY run.id ORDER BY run.id DESC LIMIT 1
        """
    )
    cards = page.locator(".o_kanban_record", has_text=name)
    expect(
        cards.filter(has_text=f"{checked} to check").filter(has_text=f"{failed} failed")
    ).to_have_count(1)
    picture(page, "runs-board")


def _row(page: Page, text: str):
    return page.locator(".o_data_row", has_text=text)


def _reading(utility: Server, month, house: House) -> tuple:
    [row] = utility.rows(
        """
        SELECT reading.state, reading.value, reading.release_note
          FROM power_meter_reading reading JOIN power_meter meter ON meter.id = reading.meter_id
         WHERE meter.number = %s AND reading.date = %s
        """,
        house.meter,
        month[1],
    )
    return row


def _bill(utility: Server, house: House) -> tuple:
    [row] = utility.rows(
        "SELECT state, check_state, check_note, kwh, coalesce(is_estimated, FALSE), move_id "
        "FROM power_bill WHERE supply_point_id = %s ORDER BY period_from DESC LIMIT 1",
        house.point,
    )
    return row
