"""What the utility thinks of its customers: two grading runs, the second one in force, and whether
the grades of the first foretold who paid late."""

from odoo.fields import Command

from ..tools import months

SCHEMES = (
    *("wuxi_credit", "wuxi_value", "wuxi_safety", "wuxi_potential", "wuxi_risk"),
    "tongjiang_pyramid",
)
JUDGED = ("wuxi_credit", "wuxi_risk")
APART = 6  # months between the runs


def build(demo):
    for name, month in (("grading_before", demo.end - APART), ("grading", demo.end)):
        run = demo.env["power.grading.run"].create(
            {
                "company_id": demo.company.id,
                "date": months.last_day(month),
                "line_ids": [
                    Command.create({"scheme_id": demo.env.ref(f"power_grading.scheme_{scheme}").id})
                    for scheme in SCHEMES
                ],
            }
        )
        run.action_compute()
        run.action_approve()
        demo.keep(name, run)
    _test(demo, demo.get("grading_before"))


def _test(demo, run):
    judged = [demo.env.ref(f"power_grading.scheme_{scheme}") for scheme in JUDGED]
    demo.env["power.grading.backtest"].create(
        [
            {
                "company_id": demo.company.id,
                "scheme_id": line.scheme_id.id,
                "line_id": line.id,
                "months": APART,
            }
            for line in run.line_ids
            if line.scheme_id in judged
        ]
    ).action_test()
