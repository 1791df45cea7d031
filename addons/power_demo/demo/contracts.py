"""Services beyond the boundary: equipment, contracts in every state, visits, invoices, an offer."""

from datetime import datetime, timedelta
from typing import NamedTuple

from odoo.fields import Command

from ..tools import months
from . import bank
from .billing import Due

DEFERRED_ACCOUNT = "220300"  # advances from customers, in the chart `cn`
HOUR_COST = 80
TECHNICIAN = "crew"
VISIT_AFTER = 9  # days after it falls due
PAID_AFTER = 12  # days after the date of the invoice
QUOTED = "factory_004"

# kind, name, rating, place; what an ordinary transformer room has
ROOM = (
    ("transformer", "1号变压器 Transformer 1", "630 kVA, 10/0.4 kV", "配电房 Transformer room"),
    ("switchgear", "高压柜 HV switchgear", "KYN28-12, 5 cabinets", "配电房 Transformer room"),
    ("earthing", "接地网 Earthing grid", "", "配电房 Transformer room"),
    ("relay", "微机保护 Relay protection", "", "高压柜 HV switchgear"),
)
FIGURES = {"insulation": 2500, "winding": 3.2, "earth": 1.8}


class Story(NamedTuple):
    """One contract. ``began`` months ago; ``paid`` tells whether its invoices were; ``invoicing``
    how the next ones come."""

    key: str
    customer: str
    template: str
    began: int
    renewal: str = "agreement"
    paid: bool = True
    ending: str = "open"
    invoicing: str = "apart"


STORIES = (
    Story("factory", "factory_000", "standard", 6),
    Story("store", "store_grand", "premium", 5, renewal="auto", invoicing="bill"),
    Story("suspended", "store_east", "standard", 7, ending="suspended"),
    Story("offered", "factory_001", "basic", 11),
    Story("terminated", "factory_002", "standard", 8, paid=False, ending="terminated"),
    Story("ended", "factory_003", "basic", 14, renewal="none", ending="ended"),
    Story("missed", "property", "standard", 6, paid=False),
    Story("renewed", "telecom", "standard", 13, renewal="auto", ending="renewed"),
    Story("generator", "bus", "generator", 3),
    Story("draft", "parts", "premium", -1, ending="draft"),
)
# story: visits, by their order, that did not take place
MISSED = {"missed": (1,)}
REFUSED = {"store": (1,)}
COPIED = (
    *("product_id", "quantity", "automatic_price", "recurring_rule_type", "recurring_interval"),
    *("recurring_invoicing_type", "visit_months", "visit_hours", "calls_included"),
    "calls_unlimited",
)


def build(demo):
    _prepare_books(demo)
    # Who gets a contract of the past is not written to today.
    env = demo.env(context={**demo.env.context, "bypass_modification_send": True})
    clients = {client.key: client for client in demo.clients}
    contracts = {story: _make_contract(demo, env, story, clients) for story in STORIES}
    lived = {story: contract for story, contract in contracts.items() if story.ending != "draft"}
    for story, contract in lived.items():
        _begin(demo, story, contract)
    stopped = demo.today - timedelta(days=20)
    _invoice(demo, lived, stopped)
    for story, contract in lived.items():
        _end(demo, story, contract, stopped)
    env["power.contract.visit"]._mark_missed()
    _settle(demo, lived, clients)
    for story, contract in lived.items():
        contract.power_invoicing = story.invoicing
    env["power.contract.deferral"].search([("date", "<=", demo.today)]).action_recognise()
    _quote(demo, clients[QUOTED])
    demo.log("%s contracts, %s visits", len(STORIES), env["power.contract.visit"].search_count([]))


def _prepare_books(demo):
    account = demo.env["account.account"].search(
        [
            *demo.env["account.account"]._check_company_domain(demo.company),
            ("code", "=", DEFERRED_ACCOUNT),
        ]
    )
    demo.company.write({"power_deferred_account_id": account.id, "power_hour_cost": HOUR_COST})
    # Made before the company had its yuan.
    lists = demo.env["product.pricelist"].search([("company_id", "in", (False, demo.company.id))])
    lists.currency_id = demo.company.currency_id


# === EQUIPMENT === #


def _equip(demo, client):
    """A transformer room in operation for seven years; its earthing is due for a test."""
    begun = months.first_day(months.number(demo.today) - 7 * 12 - 1)
    equipment = demo.env["power.equipment"].create(
        [
            {
                "name": name,
                "kind_id": demo.env.ref(f"power_contracts.equipment_kind_{kind}").id,
                "supply_point_id": client.record.id,
                "voltage_class": client.record.voltage_class,
                "rating": rating,
                "location": place,
                "maker": "江南电气 Jiangnan Electric",
                "serial": f"JN{client.record.id:05d}{number}",
                "date_made": begun - timedelta(days=90),
                "date_commissioned": begun,
            }
            for number, (kind, name, rating, place) in enumerate(ROOM)
        ]
    )
    taken = begun + timedelta(days=5 * 365)
    demo.env["power.equipment.test"].create(
        [
            {
                "equipment_id": item.id,
                "type_id": demo.env.ref("power_contracts.test_type_insulation").id,
                "date": taken,
                "value": FIGURES["insulation"],
                "user_id": demo.user(TECHNICIAN).id,
            }
            for item in equipment
            if item.kind_id.code in ("transformer", "switchgear")
        ]
    )


# === CONTRACTS === #


def _make_contract(demo, env, story, clients):
    client = clients[story.customer]
    _equip(demo, client)
    template = env.ref(f"power_contracts.contract_template_{story.template}")
    first = months.number(demo.today) - story.began
    contract = env["contract.contract"].create(
        {
            "name": f"{client.name}: {template.name}",
            "is_power_service": True,
            "line_recurrence": True,
            "contract_template_id": template.id,
            "tier": template.tier,
            "partner_id": client.partner.id,
            "company_id": demo.company.id,
            "payment_term_id": demo.company.power_payment_term_id.id,
            "user_id": (client.record.manager_id or demo.user("accountmanager")).id,
            "crew_user_id": demo.user(TECHNICIAN).id,
            "date_start": months.first_day(first),
            "term_end": months.last_day(first + 11),
            "renewal": story.renewal,
            "renewal_months": 12,
            "notice_days": 30,
            "supply_point_ids": [Command.set(client.record.ids)],
            "contract_line_ids": [
                Command.create(_prepare_line_vals(line)) for line in template.contract_line_ids
            ],
        }
    )
    return demo.keep(f"contract_{story.key}", contract)


def _prepare_line_vals(line):
    """A line of the template, named in both languages."""
    product = line.product_id
    name = f"{product.with_context(lang='zh_CN').name} {product.name}"
    vals = {field: line[field] for field in COPIED}
    return {**vals, "product_id": product.id, "name": name}


def _begin(demo, story, contract):
    """Put it in force and make its visits; who renewed goes on."""
    contract._set_state("open")
    last = contract.term_end if story.ending == "ended" else demo.today
    _make_visits(demo, story, contract, last)
    if story.ending == "renewed":
        contract.action_renew()


def _end(demo, story, contract, stopped):
    if story.ending == "suspended":
        contract.action_suspend(stopped, "卖场装修 Rebuilding of the shops")
    elif story.ending == "terminated":
        contract.action_terminate(stopped, "停产 The factory stopped")
    elif story.ending == "ended":
        contract._set_state("ended")
        contract._invoice_rest(demo.today)
    else:
        contract._remind_of_end(demo.today)
        contract._plan_visits()
        _plan_the_coming(demo, contract)


def _plan_the_coming(demo, contract):
    """What is still to be done of the running interval has a day to come."""
    for visit in contract.visit_ids.filtered(lambda visit: visit.state == "planned"):
        if visit.date_planned.date() <= demo.today <= visit.deadline:
            day = min(demo.today + timedelta(days=4), visit.deadline)
            visit.date_planned = datetime.combine(day, visit.date_planned.time())


def _invoice(demo, lived, stopped):
    """Day by day, all contracts of a day at once."""
    until = {
        contract: stopped if story.ending == "terminated" else demo.today
        for story, contract in lived.items()
    }
    while due := [one for one in until if _is_due(one, until[one])]:
        day = min(contract.recurring_next_date for contract in due)
        some = [contract for contract in due if contract.recurring_next_date == day]
        demo.env["contract.contract"].union(*some)._recurring_create_invoice(day)


def _is_due(contract, until):
    return contract.recurring_next_date and contract.recurring_next_date <= until


def _settle(demo, lived, clients):
    """Post what was drafted; punctual customers have paid all but the last fortnight's."""
    moves = {story: contract._get_related_invoices() for story, contract in lived.items()}
    demo.env["account.move"].union(*moves.values())._post(soft=False)
    dues, after = [], timedelta(days=PAID_AFTER)
    for story, some in moves.items():
        invoices = some.filtered(lambda move: move.move_type == "out_invoice")
        if some - invoices:
            some.line_ids.filtered(_is_receivable).reconcile()
        paid = invoices.filtered(lambda move: move.invoice_date + after < demo.today)
        if story.key == "factory":
            paid -= invoices.sorted("invoice_date")[-1:]
        if story.paid:
            client = clients[story.customer]
            dues += [Due(move.invoice_date + after, client, move) for move in paid]
    bank.receive(demo, dues)


def _is_receivable(line):
    return line.account_type == "asset_receivable"


# === VISITS === #


def _make_visits(demo, story, contract, last):
    """One after the other, so that each check list asks for what is due by then."""
    lines = contract.contract_line_ids.filtered("visit_months")
    day = contract.date_start
    while day <= last:
        # Generated one by one: what the first visit of a day tests, the second need not.
        for visit in (visit for line in lines for visit in line._generate_visits(day)):
            place = len(visit.contract_line_id.visit_ids) - 1
            done = visit.date_due + timedelta(days=VISIT_AFTER)
            if done >= demo.today or place in MISSED.get(story.key, ()):
                continue
            if place in REFUSED.get(story.key, ()):
                visit.action_refuse()
            else:
                _finish(demo, story, visit, done)
        day = months.first_day(months.number(day) + 1)


def _finish(demo, story, visit, day):
    """Take the checks; the factory's earthing is worse than the rule allows."""
    bad = visit.browse()
    for test in visit.test_ids:
        code = test.type_id.code
        failed = story.key == "factory" and code == "earth"
        test.write(
            {
                "outcome": "taken",
                "date": day,
                "value": 6.3 if failed else FIGURES.get(code, 0),
                "looks": "good",
            }
        )
        bad = visit if failed else bad
        if failed:
            _raise_defect(demo, test, visit, day)
    visit.write(
        {
            "date_done": day,
            "date_planned": visit._get_usual_moment(day),
            "hours_spent": 2.5,
            "signed_by": "值班电工 Electrician on duty",
            "result": "设备清扫、紧固、测温正常。\nCleaned, tightened, temperatures in order.",
            "recommendation": bad
            and "接地电阻超标,请在雷雨季节前补打接地极。\n"
            "The earthing is too high: add electrodes before the thunderstorms.",
        }
    )
    visit._set_state("done")


def _raise_defect(demo, test, visit, day):
    defect = demo.env["power.defect"].create(
        {
            **test._prepare_defect_vals(),
            "name": "接地电阻超标 Earthing resistance too high",
            "contract_visit_id": visit.id,
            "user_id": visit.contract_id.user_id.id,
            "date_found": day,
            "deadline": day + timedelta(days=365),
        }
    )
    demo.keep("defect_earthing", defect)


# === QUOTATION === #


def _quote(demo, client):
    products = ("testing", "advice")
    order = demo.env["sale.order"].create(
        {
            "partner_id": client.partner.id,
            "company_id": demo.company.id,
            "user_id": demo.user("accountmanager").id,
            "validity_date": demo.today + timedelta(days=30),
            "require_signature": True,
            "require_payment": False,
            "order_line": [
                Command.create({"product_id": demo.env.ref(f"power_contracts.product_{name}").id})
                for name in products
            ],
        }
    )
    order.action_quotation_sent()
    demo.keep("quotation_open", order)
