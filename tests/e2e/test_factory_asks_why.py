"""A factory on the two-part tariff asks why this month is dearer.

Its electrician opens the bill, reads how much it changed, and asks why: it used more, and each kWh
became dearer by work in dear hours, by demand above the contract and by reactive energy. The
reasons add up to the difference of the two bills to the cent.
"""

import re
from decimal import Decimal

import pytest
from conftest import Server
from playwright.sync_api import expect

from e2e.conftest import picture


@pytest.fixture(scope="module")
def bills(utility: Server) -> list[tuple]:
    """The factory's last two bills: (id, total, kWh, power factor), newest first."""
    return utility.rows(
        """
        SELECT bill.id, bill.amount_total, bill.kwh, bill.amount_power_factor
          FROM power_bill bill
          JOIN res_partner payer ON payer.id = bill.partner_id
          JOIN res_partner contact ON contact.commercial_partner_id = payer.id
          JOIN res_users users ON users.partner_id = contact.id
         WHERE users.login = 'factory' AND bill.state = 'posted'
      ORDER BY bill.period_from DESC LIMIT 2
        """
    )


def test_the_electrician_reads_why(utility, bills, open_page):
    (bill, total, kwh, factor), (before, total_before, kwh_before, factor_before) = bills
    difference = total - total_before
    assert difference > 0
    assert total / kwh > total_before / kwh_before
    page = open_page("factory", locale="en-US")
    page.goto(f"/my/power/bills/{bill}")
    change = page.locator("#bill_change")
    expect(change).to_contain_text("Compared with last month")
    expect(change).to_contain_text(f"{abs(difference):,.2f}")
    change.locator("a").click()
    reasons = page.locator(".o_power_bill_change")
    assert _amount(reasons.locator("tfoot").inner_text()) == difference
    picture(page, "portal-bill-why")
    amounts = {
        row.get_attribute("data-reason"): _amount(row.inner_text())
        for row in reasons.locator("tr[data-reason]").all()
    }
    assert sum(amounts.values()) == difference
    # Machines run in dear hours and together; a broken capacitor bank costs what the lines say.
    assert amounts["volume"] > 0
    assert amounts["mix"] > 0
    assert amounts["demand"] > 0
    assert amounts["power_factor"] > 0
    assert factor > 0 > factor_before
    # By hand: what the basic charge rose by, at the percentage of before; then the step from that
    # percentage to the new one, on energy and basic charge of now.
    percent, basic, base = _charges(utility, bill)
    percent_before, basic_before, _base = _charges(utility, before)
    by_hand = {
        "demand": (basic - basic_before) * (1 + percent_before),
        "power_factor": base * (percent - percent_before),
    }
    for reason, amount in by_hand.items():
        assert abs(amounts[reason] - amount) <= Decimal("0.01"), reason
    expect(reasons).to_contain_text("More of your energy fell into dear hours")


def _charges(utility: Server, bill: int) -> tuple[Decimal, Decimal, Decimal]:
    """Return power-factor percentage, basic charge, and energy and basic charge of a bill."""
    return utility.rows(
        """
        SELECT max(price) FILTER (WHERE kind = 'power_factor'),
               sum(amount) FILTER (WHERE kind IN ('capacity', 'demand')),
               sum(amount) FILTER (WHERE kind IN ('energy', 'capacity', 'demand'))
          FROM power_bill_line WHERE bill_id = %s
        """,
        bill,
    )[0]


def _amount(text: str) -> Decimal:
    sign, digits = re.search(r"([+−])¥\s*([\d,.]+)", text).groups()
    return Decimal(digits.replace(",", "")) * (1 if sign == "+" else -1)
