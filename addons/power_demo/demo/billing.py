"""Month by month: the bill run, then what customers pay before the next one."""

from dataclasses import dataclass
from datetime import date, timedelta

from odoo.tools.gc import disabling_gc

from ..tools import months
from . import bank, chain

BILL_DAY = 5
BOOKS = (
    "power.bill",
    "power.bill.line",
    "account.move",
    "account.move.line",
    "account.bank.statement.line",
    "account.partial.reconcile",
)


@dataclass
class Due:
    """A posted bill that will be paid on a day."""

    day: date
    client: object
    move: object


def build(demo):
    waiting = []
    for place, month in enumerate(demo.months):
        if place in (1, 2, 4, 8, 16):
            demo.analyze(*BOOKS)
        # Many short-lived records: collecting garbage all the while costs more than it frees.
        with disabling_gc():
            if place == demo.length - 2:
                chain.consolidate(demo)
            if place == demo.length - 1:
                chain.settle(demo, month)
            waiting = _settle_month(demo, month, waiting + _bill_month(demo, month))
    bank.receive_unidentified(demo, [client for client in demo.clients if client.pays[-1] is None])


def _settle_month(demo, month, waiting):
    """Enter what is paid before the next bill run.

    :return: the bills that will be paid later
    """
    until = min(_bill_date(demo, month + 1), demo.today + timedelta(days=1))
    paid = [due for due in waiting if due.day < until]
    bank.receive(demo, paid)
    demo.log("%s billed, %s bills paid", f"{months.first_day(month):%Y-%m}", len(paid))
    return [due for due in waiting if due.day >= until]


def _bill_date(demo, month):
    return min(months.first_day(month + 1) + timedelta(days=BILL_DAY - 1), demo.today)


def _bill_month(demo, month):
    """Bill a month through the product's own run.

    :return: the bills that somebody will pay, with the day
    """
    run = demo.env["power.bill.run"].create(
        {
            "period": months.first_day(month),
            "invoice_date": _bill_date(demo, month),
            "company_id": demo.company.id,
        }
    )
    run._process_all()
    demo.env.invalidate_all()
    moves = {bill.supply_point_id.id: bill.move_id for bill in run.bill_ids if bill.move_id}
    place = month - demo.months[0]
    return [
        Due(_pay_day(moves[client.record.id], client.pays[place]), client, moves[client.record.id])
        for client in demo.clients
        if client.record.id in moves and client.pays[place] is not None
    ]


def _pay_day(move, delay):
    return max(move.invoice_date, move.invoice_date_due + timedelta(days=delay))
