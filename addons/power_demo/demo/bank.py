"""Money on the bank account, reconciled with the bills it pays.

Small customers pay through the bank's collection: one line of the statement a day for all of
them. High-voltage customers transfer each bill by themselves.
"""

from collections import defaultdict

from odoo.fields import Command

# The entries are given whole: nothing is to be added to them, nothing to be balanced.
COMPLETE = {"skip_invoice_sync": True, "check_move_validity": False}


def receive(demo, dues):
    """Enter and reconcile bank statement lines for bills paid.

    :param dues: list of `billing.Due`
    """
    groups = _group(dues)
    if not groups:
        return
    receivables = _get_receivables(demo, dues)
    env = demo.env(context={**demo.env.context, **COMPLETE})
    lines = env["account.bank.statement.line"].create(
        [_prepare_line_vals(demo, day, group, receivables) for (day, _key), group in groups]
    )
    plan = []
    for line, (_key, group) in zip(lines, groups, strict=True):
        payments = line.move_id.line_ids.filtered(_is_receivable).sorted("id")
        for payment, due in zip(payments, group, strict=True):
            plan.append(payment | receivables[due.move.id])
    env["account.move.line"]._reconcile_plan(plan)


def _is_receivable(line):
    return line.account_type == "asset_receivable"


def _group(dues):
    """Sort into statement lines: {(day, supply point or 0 for the collection): dues}."""
    groups = defaultdict(list)
    for due in dues:
        own = due.client.point.voltage in ("10kv", "35kv")
        groups[due.day, due.client.record.id if own else 0].append(due)
    return sorted(groups.items(), key=lambda item: item[0])


def _get_receivables(demo, dues):
    """Return the receivable line of each bill's invoice, by invoice id."""
    moves = demo.env["account.move"].union(*(due.move for due in dues))
    lines = demo.env["account.move.line"].search(
        [("move_id", "in", moves.ids), ("account_id.account_type", "=", "asset_receivable")]
    )
    return {line.move_id.id: line for line in lines}


def _prepare_line_vals(demo, day, group, receivables):
    journal = demo.get("bank_journal")
    single = len(group) == 1 and group[0]
    label = (
        f"{single.move.payment_reference} {single.client.name}"
        if single
        else f"银行代收电费 Collection {day:%Y-%m-%d} ({len(group)})"
    )
    amount = sum(receivables[due.move.id].balance for due in group)
    amount = demo.company.currency_id.round(amount)
    counterparts = [
        Command.create(
            {
                "account_id": receivables[due.move.id].account_id.id,
                "partner_id": due.move.partner_id.id,
                "name": due.move.payment_reference,
                "balance": -receivables[due.move.id].balance,
            }
        )
        for due in group
    ]
    return {
        "journal_id": journal.id,
        "date": day,
        "payment_ref": label,
        "partner_id": single and single.move.partner_id.id,
        "amount": amount,
        "line_ids": [
            Command.create(
                {
                    "account_id": journal.default_account_id.id,
                    "partner_id": single and single.move.partner_id.id,
                    "name": label,
                    "balance": amount,
                }
            ),
            *counterparts,
        ],
    }


def receive_unidentified(demo, clients):
    """Leave some lines for the accountant: with a reference, with a name only, with nothing."""
    bills = [client.record.bill_ids.sorted("period_from")[-1:] for client in clients[-3:]]
    texts = ("电费 {bill.payment_reference}", "{bill.partner_id.name} 电费", "转账 transfer")
    demo.env["account.bank.statement.line"].create(
        [
            {
                "journal_id": demo.get("bank_journal").id,
                "date": demo.today,
                "payment_ref": text.format(bill=bill),
                "amount": bill.amount_total,
            }
            for text, bill in zip(texts, bills, strict=False)
            if bill
        ]
    )
