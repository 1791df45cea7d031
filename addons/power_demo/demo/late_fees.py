"""What late payers would be charged: proposed, for finance to invoice or to waive."""


def build(demo):
    run = demo.env["power.late.fee.run"].create({"company_id": demo.company.id})
    run.action_compute()
    demo.keep("late_fee_run", run)
