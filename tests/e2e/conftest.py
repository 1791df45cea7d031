"""People at screens: a browser, a mail server and a running utility."""

import csv
import datetime
import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from conftest import Server, clone_of_demo, free_port, running_server, utility_today
from playwright.sync_api import Browser, Page, expect, sync_playwright

PATIENCE = 90_000
expect.set_options(timeout=30_000)
PICTURES = Path(__file__).parent / "screenshots"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Mailbox:
    """What the mail server was given."""

    messages: list = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(
            email.message_from_bytes(envelope.content, policy=email.policy.default)
        )
        return "250 OK"

    def to(self, address: str) -> list:
        return [message for message in self.messages if address in (message["To"] or "")]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def utility(request, mailbox) -> Iterator[Server]:
    """The demo utility, running, its mail going to the mailbox."""
    _box, port = mailbox
    story = request.module.__name__.rpartition(".test_")[2]
    with (
        clone_of_demo(f"power_e2e_{story}") as name,
        running_server(
            name,
            "--smtp=127.0.0.1",
            f"--smtp-port={port}",
            # Mail goes out while the other one still prints.
            "--max-cron-threads=2",
        ) as server,
    ):
        yield server


@pytest.fixture(scope="module")
def browser(chromium) -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def month(utility: Server) -> tuple[datetime.date, datetime.date]:
    """First and last day of the month that waits to be billed."""
    [(last,)] = utility.rows("SELECT max(period_from) FROM power_bill WHERE state = 'posted'")
    first = (last + datetime.timedelta(days=40)).replace(day=1)
    end = (first + datetime.timedelta(days=40)).replace(day=1) - datetime.timedelta(days=1)
    return first, min(end, utility_today())


@dataclass
class Next:
    """What a register will show at the end of the month that waits."""

    meter: str
    quantity: str
    period: str
    last: Decimal
    value: Decimal


@pytest.fixture(scope="module")
def next_readings(utility: Server, month) -> list[Next]:
    """The next reading of every register in use: as much again as last time."""
    utility.rows("DELETE FROM power_meter_reading WHERE date >= %s AND kind <> 'initial'", month[0])
    rows = utility.rows(
        """
        SELECT meter.number, register.quantity, coalesce(register.period, ''), last.value,
               CASE register.quantity WHEN 'demand' THEN last.value
               ELSE last.value + greatest(last.value - before.value, 1) END
          FROM power_meter_register register
          JOIN power_meter meter ON meter.id = register.meter_id
          JOIN power_supply_point point ON point.id = meter.supply_point_id
          CROSS JOIN LATERAL (SELECT value, date FROM power_meter_reading
                               WHERE register_id = register.id ORDER BY date DESC LIMIT 1) last
          CROSS JOIN LATERAL (SELECT value FROM power_meter_reading
                               WHERE register_id = register.id AND date < last.date
                            ORDER BY date DESC LIMIT 1) before
         WHERE point.state IN ('active', 'suspended') AND meter.date_removed IS NULL
           AND meter.active AND register.active
         ORDER BY meter.number, register.sequence
        """
    )
    return [Next(*row) for row in rows]


def write_readings(path: Path, day: datetime.date, readings: list[Next]) -> None:
    """Write a file as the meter reading system does: GB 18030, Chinese heads."""
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["表号", "日期", "量类型", "时段", "示数"])
        for reading in readings:
            writer.writerow(
                [
                    reading.meter,
                    day.isoformat(),
                    reading.quantity,
                    reading.period,
                    reading.value,
                ]
            )


@pytest.fixture
def open_page(browser: Browser, utility: Server):
    """Log somebody in: a page of that person's own."""
    contexts = []

    def login(who: str, **options) -> Page:
        context = browser.new_context(base_url=utility.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: pytest.fail(f"{who}: {error}"))
        page.goto("/web/login")
        page.fill("input[name=login]", who)
        page.fill("input[name=password]", who)
        page.click("button[type=submit]")
        page.wait_for_url(re.compile(r"/(odoo|my)"))
        return page

    yield login
    for context in contexts:
        context.close()


def household_amount(utility: Server, bill: int) -> Decimal:
    """Work out by hand what a household's bill comes to, from its kWh and those before in the year.

    The invented province's list: 0.558 yuan to 2,160 kWh of the calendar year, 0.608 to 4,200, then
    0.858; each step rounded to the cent by itself.
    """
    [(kwh, before)] = utility.rows(
        """
        SELECT bill.kwh, coalesce(sum(other.kwh), 0)
          FROM power_bill bill
          LEFT JOIN power_bill other ON other.supply_point_id = bill.supply_point_id
               AND other.state = 'posted' AND other.period_from < bill.period_from
               AND other.period_from >= date_trunc('year', bill.period_from)
         WHERE bill.id = %s GROUP BY bill.id
        """,
        bill,
    )
    total, below = Decimal(0), Decimal(0)
    for limit, price in ((2160, "0.558"), (4200, "0.608"), (10**9, "0.858")):
        used = max(min(before + kwh, limit) - max(before, below), 0)
        total += (used * Decimal(price)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        below = limit
    return total


def pay(page: Page) -> None:
    """Pay with the demo provider's number, and wait until its page has led back."""
    page.locator("input[name=customer_input]:visible").first.fill("4242")
    with page.expect_navigation(url=re.compile("/payment/status"), timeout=PATIENCE):
        page.locator("button[name=o_payment_submit_button]:visible").first.click()
    page.wait_for_url(lambda url: "/payment/" not in url, timeout=PATIENCE)


def button(page: Page, name: str):
    return page.locator(f"button[name={name}]:visible").first


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def until_state(page: Page, utility: Server, state: str) -> None:
    """Look again as an impatient user does, until the newest run is there."""
    for _ in range(90):
        [(now,)] = utility.rows("SELECT state FROM power_bill_run ORDER BY id DESC LIMIT 1")
        if now == state:
            page.reload()
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"the run never became {state}, it is {now}")
