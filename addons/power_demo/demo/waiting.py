"""The month that waits for the clerk: what the meter readers brought, and a run to start."""

import csv
import io

from markupsafe import Markup

from ..tools import months

HEAD = ("表号", "日期", "示数类型", "时段", "示数")
QUANTITIES = {"active": "有功", "reactive": "无功", "demand": "需量"}
PERIODS = {"sharp": "尖", "peak": "峰", "flat": "平", "valley": "谷"}


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
        "Import readings, then start this run.",
        attachments=[(f"readings-{months.first_day(month):%Y-%m}.csv", make_file(demo, month))],
    )
    demo.keep("run_waiting", run)


def make_file(demo, month):
    """Return the readings of a month as a meter reading system exports them (GB 18030)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    registers = demo.env["power.meter.register"].search(
        [("company_id", "=", demo.company.id)], order="meter_id, sequence, id"
    )
    for register, value in expect_values(registers):
        writer.writerow(
            [
                register.meter_id.number,
                months.last_day(month).isoformat(),
                QUANTITIES[register.quantity],
                PERIODS.get(register.period, ""),
                f"{value:.2f}",
            ]
        )
    return text.getvalue().encode("gb18030")


def expect_values(registers):
    """Yield each register with its next value: as in the same month a year ago, if known."""
    for register in registers:
        readings = register.reading_ids.sorted("date")
        before, then = readings[-13:-11] if len(readings) > 12 else readings[-2:]
        if register.quantity == "demand":
            yield register, then.value
        else:
            yield register, readings[-1].value + then.value - before.value
