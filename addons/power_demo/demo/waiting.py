"""The month that waits for the clerk: what the meter readers brought, and a run to start."""

import csv
import io

from markupsafe import Markup

from ..tools import months

HEAD = ("表号", "日期", "示数")


def build(demo):
    month = demo.end + 1
    run = demo.env["power.bill.run"].create(
        {
            "period": months.first_day(month),
            "invoice_date": demo.today,
            "company_id": demo.company.id,
        }
    )
    run.message_post(
        body=Markup("<p>%s</p>")
        % "The readings of this month are in the attached file. Import them under Billing › "
        "Import Readings, then start this run.",
        attachments=[(f"readings-{months.first_day(month):%Y-%m}.csv", make_file(demo, month))],
    )
    demo.keep("run_waiting", run)


def make_file(demo, month):
    """Return the readings of a month as a meter reading system exports them (GB 18030)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    meters = demo.env["power.meter"].search([("company_id", "=", demo.company.id)], order="number")
    for meter, value in expect_values(meters):
        writer.writerow([meter.number, months.last_day(month).isoformat(), f"{value:.2f}"])
    return text.getvalue().encode("gb18030")


def expect_values(meters):
    """Yield each meter with its next value: as much used as in the same month a year ago."""
    for meter in meters:
        readings = meter.reading_ids.sorted("date")
        year_ago = readings[-13:-11] if len(readings) > 12 else readings[-2:]
        used = year_ago[-1].value - year_ago[0].value
        yield meter, readings[-1].value + used
