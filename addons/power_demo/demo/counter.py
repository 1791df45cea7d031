"""The last working day at the counter: paid in cash and by card, counted, approved by finance."""

from datetime import timedelta

CLERK = "agent"
FLOAT = 500
NOTE = 100
HOUSEHOLDS = 5
# A yuan too much went out as change.
MISSING = 1
REASON = "找零多付 1 元 One yuan too much given as change"
OPENS = timedelta(hours=8, minutes=30)
BETWEEN = timedelta(minutes=47)
CLOSES = timedelta(hours=17, minutes=5)
APPROVED = timedelta(hours=17, minutes=20)


def build(demo):
    demo.company.power_counter_card_journal_ids = _make_card_journal(demo)
    day = _get_working_day(demo.today)
    midnight = demo.company._get_power_midnight(day)
    session = _as(demo, CLERK).create({"cash_opening": FLOAT})
    for number, (point, vals) in enumerate(_list_payments(demo), 1):
        _take(session, point, vals, day, midnight + OPENS + BETWEEN * number)
    _close(demo, session, midnight)
    demo.keep("counter_session", session.sudo())


def _as(demo, login, model="power.counter.session"):
    return demo.env[model].with_user(demo.user(login))


def _get_working_day(today):
    """The weekday before; a payment keeps its number only within its year."""
    day = today - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day if day.year == today.year else today


def _make_card_journal(demo):
    journal = demo.env["account.journal"].create(
        {"name": "Card terminal", "code": "POS", "type": "bank", "company_id": demo.company.id}
    )
    journal.with_context(lang="zh_CN").name = "刷卡机"
    # What the terminal took is on its way until the bank pays it out.
    journal.inbound_payment_method_line_ids.payment_account_id = demo.company.transfer_account_id
    return demo.keep("card_journal", journal)


def _list_payments(demo):
    """Yield who comes and what is typed: households, a shop by card, a workshop with a part."""
    for point in _owing(demo, "household")[:HOUSEHOLDS]:
        yield point, {"amount_tendered": -(-point.power_balance // NOTE) * NOTE}
    for point in _owing(demo, "shop")[:1]:
        yield point, {"journal_id": demo.get("card_journal").id}
    for point in _owing(demo, "workshop")[:1]:
        yield point, {"amount": point.power_balance // (2 * NOTE) * NOTE}


def _owing(demo, profile):
    """Return the points of a kind that pay for themselves and owe their last bill alone."""
    return [
        client.record
        for client in demo.clients
        if client.profile == profile
        and client.record.payer_id.power_bill_delivery != "statement"
        and len(client.record.bill_ids.filtered("amount_residual")) == 1
    ]


def _take(session, point, vals, day, moment):
    wizard = session.env["power.counter.payment"].create(
        {"session_id": session.id, "query": point.number}
    )
    # What is open is found first, else it comes over what is typed.
    wizard.flush_recordset()
    wizard.write(vals)
    receipt = wizard._take()
    receipt.date = moment
    receipt.payment_id.date = day
    receipt.payment_id.move_id.with_context(skip_readonly_check=True).date = day


def _close(demo, session, midnight):
    for line in session.line_ids:
        line.counted = line.expected - (MISSING if line.is_cash else 0)
    session.difference_reason = REASON
    session.action_count()
    times = {"date_open": midnight + OPENS, "date_counted": midnight + CLOSES}
    session.sudo().write(times)
    _as(demo, "finance").browse(session.id).action_approve()
    session.sudo().date_closed = midnight + APPROVED
