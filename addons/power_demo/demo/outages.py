"""The network as the customers' supplies name it, a year of outages, what is off and planned."""

import random
import re
from datetime import datetime, time, timedelta

from odoo import fields
from odoo.fields import Command

PAST = 30
# cause, influence, minutes from and to; planned work last
CAUSES = (
    ("equipment", "own", 45, 190),
    ("equipment", "own", 30, 150),
    ("weather", "own", 80, 320),
    ("external", "external", 60, 240),
    ("overload", "own", 25, 90),
    ("work", "own", 150, 300),
)
# feeders by number: off since a while, reports from which an outage is proposed, planned
OFF, CALLS, PLANNED, PROPOSED = "883", "894", "839", "861"
REASON = "更换开关柜 Replacement of a switchgear panel"


def build(demo):
    feeders = _make_network(demo)
    _make_past(demo, feeders)
    _make_current(demo, feeders[OFF])
    _make_calls(demo, feeders[CALLS])
    _make_plans(demo, feeders)


def _make_network(demo):
    """Hang each supply point below a transformer of the feeder that its main source names.

    :return: {number of a feeder: device}
    """
    points = demo.env["power.supply.point"].search([("company_id", "=", demo.company.id)])
    sources = {
        point: point.source_ids.filtered(lambda source: source.role == "main")[:1]
        for point in points
    }
    stations, feeders, below = {}, {}, {}
    for point, source in sources.items():
        stations.setdefault(source.substation, point)
        feeders.setdefault(source.feeder, (source.substation, point))
        below.setdefault(source.feeder, []).append(point.id)
    nodes = demo.env["power.network.node"]
    made_stations = _make_nodes(
        demo,
        [
            {"code": f"S{number:02}", "name": name, "kind": "substation", **_prepare_place(point)}
            for number, (name, point) in enumerate(sorted(stations.items()), 1)
        ],
    )
    made = _make_nodes(
        demo,
        [
            {
                "code": f"F{_number(name)}",
                "name": name,
                "kind": "feeder",
                "parent_id": made_stations[station].id,
                **_prepare_place(point),
            }
            for name, (station, point) in sorted(feeders.items())
        ],
    )
    transformers = _make_nodes(
        demo,
        [
            {
                "code": f"T{_number(name)}",
                "name": f"{name}1号变 No. 1",
                "kind": "transformer",
                "parent_id": feeder.id,
                **_prepare_place(feeders[name][1]),
            }
            for name, feeder in made.items()
        ],
    )
    for transformer in transformers.values():
        ids = below[transformer.parent_id.name]
        demo.env["power.supply.point"].browse(ids).node_id = transformer
    nodes._refresh_customer_totals(demo.company)
    return {_number(name): feeder for name, feeder in made.items()}


def _number(name):
    return re.search(r"\d+", name)[0]


def _prepare_place(point):
    return {
        "area_id": point.area_id.id,
        "latitude": point.latitude,
        "longitude": point.longitude,
    }


def _make_nodes(demo, vals_list):
    nodes = demo.env["power.network.node"].create(
        [{**vals, "company_id": demo.company.id} for vals in vals_list]
    )
    return {node.name: node for node in nodes}


def _create(demo, node, start, **vals):
    return (
        demo.env["power.outage"]
        .with_context(power_no_notice=True)
        .create(
            {
                "node_ids": [Command.set(node.ids)],
                "company_id": demo.company.id,
                "date_start": start,
                **vals,
            }
        )
    )


def _make_past(demo, feeders):
    """The outages of a year, evenly over its days and by chance over the feeders."""
    draw = random.Random(836)
    names = sorted(feeders)
    now = fields.Datetime.now().replace(second=0, microsecond=0)
    for number in range(PAST):
        cause, influence, shortest, longest = CAUSES[number % len(CAUSES)]
        start = now - timedelta(days=362 - number * 12, minutes=draw.randrange(1200))
        end = start + timedelta(minutes=draw.randrange(shortest, longest))
        planned = cause == "work"
        outage = _create(
            demo,
            feeders[draw.choice(names)],
            start,
            date_expected=end,
            kind="planned" if planned else "fault",
            cause=cause,
            influence=influence,
            bad_weather=cause == "weather",
            reason=REASON if planned else False,
            approval_note="补录 Entered afterwards" if planned else False,
        )
        if planned:
            outage.action_approve()
            outage.date_switched_off = start
        outage.action_confirm()
        outage._set_state("restored", date_restored=end)
        outage.action_close()
        outage.write({"date_confirmed": start + timedelta(minutes=12), "date_closed": end})


def _make_current(demo, feeder):
    """A feeder is off since forty minutes; two of its customers have called."""
    start = fields.Datetime.now() - timedelta(minutes=40)
    outage = _create(demo, feeder, start, cause="unknown")
    outage.action_confirm()
    outage.cause = "equipment"
    outage.action_estimate()
    outage.date_told = outage.date_expected
    outage.description = "抢修人员正在现场处理。A crew is at work on site."
    demo.keep("outage_current", outage)
    for minutes, point in zip((34, 21), _get_quiet_points(demo, feeder), strict=False):
        _report(demo, point, minutes)


def _make_calls(demo, feeder):
    """Most customers of a feeder call within minutes: the desk finds a proposal."""
    points = _get_quiet_points(demo, feeder)
    for minutes, point in zip(range(12, 2, -2), points, strict=False):
        _report(demo, point, minutes)


def _get_quiet_points(demo, feeder):
    points = demo.env["power.supply.point"].search(
        [("node_id", "child_of", feeder.id), ("important_level", "=", False)], order="id"
    )
    busy = demo.env["power.fault"].search([("supply_point_id", "in", points.ids)]).supply_point_id
    return points - busy


def _report(demo, point, minutes):
    faults = demo.env["power.fault"].with_user(demo.user("dispatcher"))
    faults.with_context(power_silent=True, power_no_notice=True).create(
        {
            "supply_point_id": point.id,
            "symptom": "no_power",
            "channel": "phone",
            "date_reported": fields.Datetime.now() - timedelta(minutes=minutes),
            "company_id": demo.company.id,
        }
    )


def _make_plans(demo, feeders):
    """One plan that customers know of, and one that waits for the manager."""
    announced = _plan(demo, feeders[PLANNED], 10).with_user(demo.user("manager"))
    announced.action_approve()
    announced.with_context(power_no_notice=False).action_announce()
    # the mails of an invented utility leave no house
    announced.sudo().notice_ids.mail_id.write({"state": "sent"})
    announced.sudo().notice_ids.sms_id.write({"state": "sent"})
    demo.keep("outage_announced", announced.sudo())
    demo.keep("outage_proposed", _plan(demo, feeders[PROPOSED], 16))


def _plan(demo, feeder, days):
    start = datetime.combine(demo.today + timedelta(days=days), time(0, 30))
    return _create(
        demo,
        feeder,
        start,
        kind="planned",
        cause="work",
        date_expected=start + timedelta(hours=5),
        reason=REASON,
    )
