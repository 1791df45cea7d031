"""Runs in an Odoo shell: five years of interruptions, and failures whose device is looked for.

Options come as JSON in POWER_BENCH; prints lines that begin with BENCH, and BENCH end.
"""

import json
import os
import time
from collections import defaultdict
from datetime import date

from odoo.addons.power_faults.tools import outage_simulation, reliability
from odoo.addons.power_faults.tools.outage_grouping import Settings
from odoo.addons.power_faults.tools.reliability import Interruption

env = env  # noqa: F821, PLW0127 - the shell's

OPTIONS = json.loads(os.environ["POWER_BENCH"])
POINTS, INTERRUPTIONS, FAILURES = (
    OPTIONS[name] for name in ("points", "interruptions", "failures")
)
PER_TRANSFORMER = 50
cr = env.cr
company = env["res.company"].create({"name": "Bench"})
partner = env["res.partner"].create({"name": "Bench"})
areas = env["power.area"].create([{"name": f"A{n}", "company_id": company.id} for n in range(10)])
category = env["power.usage.category"].search([], limit=1)
top = env["power.network.node"].create(
    {"name": "S", "code": "S", "kind": "substation", "company_id": company.id}
)
feeders = env["power.network.node"].create(
    [
        {
            "name": f"F{n}",
            "code": f"F{n}",
            "kind": "feeder",
            "parent_id": top.id,
            "company_id": company.id,
        }
        for n in range(max(POINTS // 1000, 1))
    ]
)
env.flush_all()
cr.execute(
    """
    INSERT INTO power_network_node (name, code, kind, parent_id, feeder_id, company_id, active)
    SELECT 'T'||n, 'T'||n, 'transformer', %(f)s + n %% %(count)s, %(f)s + n %% %(count)s,
        %(c)s, TRUE FROM generate_series(0, %(t)s - 1) n""",
    {"f": feeders[0].id, "count": len(feeders), "c": company.id, "t": POINTS // PER_TRANSFORMER},
)
cr.execute(
    """
    UPDATE power_network_node t SET parent_path = p.parent_path || t.id || '/'
    FROM power_network_node p
    WHERE p.id = t.parent_id AND t.company_id = %s AND t.kind = 'transformer' """,
    [company.id],
)
cr.execute(
    "SELECT min(id) FROM power_network_node WHERE company_id = %s AND kind = 'transformer'",
    [company.id],
)
first = cr.fetchone()[0]
cr.execute(
    """
    INSERT INTO power_supply_point (number, name, partner_id, company_id, active, state, node_id,
        area_id, usage_category_id, voltage_class, phases, metering_mode, date_activated)
    SELECT 'B'||n, 'B', %s, %s, TRUE, 'active', %s + n / %s, %s + n %% 10, %s, '220v',
        'single', 'lv_lv', '2020-01-01' FROM generate_series(0, %s - 1) n""",
    [partner.id, company.id, first, PER_TRANSFORMER, areas[0].id, category.id, POINTS],
)
# one interruption in fifty hits a whole feeder, the others one transformer
cr.execute(
    """
    INSERT INTO power_interruption (company_id, node_id, feeder_id, kind, influence, date_start,
        date_end, day, minutes, sustained)
    SELECT %s, CASE WHEN n %% 50 = 0 THEN t.feeder_id ELSE t.id END, t.feeder_id, 'fault',
        CASE n %% 10 WHEN 0 THEN 'external' ELSE 'own' END, s, s + m * interval '1 minute',
        s::date, m, m > 5
    FROM generate_series(1, %s) n
    CROSS JOIN LATERAL (SELECT timestamp '2021-01-01'
            + (n::bigint * 7919 %% 1825) * interval '1 day'
            + (n %% 1440) * interval '1 minute' AS s, (n::bigint * 104729 %% 600) / 2.0 AS m) x
    JOIN power_network_node t ON t.id = %s + (n::bigint * 15485863 %% %s)""",
    [company.id, INTERRUPTIONS, first, POINTS // PER_TRANSFORMER],
)
cr.execute(
    """
    INSERT INTO power_interruption_point_rel (interruption_id, point_id)
    SELECT i.id, p.id FROM power_interruption i
    JOIN power_network_node t ON t.id = i.node_id OR t.feeder_id = i.node_id
    JOIN power_supply_point p ON p.node_id = t.id WHERE i.company_id = %s""",
    [company.id],
)
cr.execute("""
    UPDATE power_interruption i SET customer_count = c.n, customer_minutes = c.n * i.minutes
    FROM (SELECT interruption_id, count(*) n FROM power_interruption_point_rel GROUP BY 1) c
    WHERE c.interruption_id = i.id""")
cr.execute(
    "ANALYZE power_interruption; ANALYZE power_interruption_point_rel;"
    " ANALYZE power_supply_point; ANALYZE power_network_node"
)
cr.commit()
env.invalidate_all()
cr.execute("SELECT count(*) FROM power_interruption_point_rel")
print(
    f"BENCH {POINTS} supply points, {INTERRUPTIONS} interruptions, {cr.fetchone()[0]} customer rows"
)
model = env["power.interruption"]
rules = env["power.reliability.setting"]._get_for(company, date(2025, 12, 31))._to_kernel("all")
period = (date(2021, 1, 1), date(2025, 12, 31))
slowest = 0
cr.execute("SELECT pg_backend_pid()")
backend = cr.fetchone()[0]


def spent():
    """Processor seconds of this process and its backend: what else the machine does is left out."""
    with open(f"/proc/{backend}/stat") as file:
        parts = file.read().rsplit(")", 1)[1].split()
    return time.process_time() + (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


cr.execute("SET max_parallel_workers_per_gather = 0")  # all of it in the backend that is counted
for group in ("company", "area", "feeder", "class", "month"):
    started, begin = time.perf_counter(), spent()
    found = model._add_up(company, *period, rules, group)
    took, used = time.perf_counter() - started, spent() - begin
    slowest = max(slowest, used)
    print(f"BENCH   by {group}: {took:.2f} s, {used:.2f} s of processor, {len(found)} lines")
started = time.perf_counter()
daily = model._get_daily_saidi(company, *period, rules)
reliability.major_event_threshold(daily.values())
took = time.perf_counter() - started
print(f"BENCH   daily SAIDI and threshold: {took:.2f} s, {len(daily)} days")
customers = defaultdict(list)
cr.execute(
    "SELECT interruption_id, point_id FROM power_interruption_point_rel r"
    " JOIN power_interruption i ON i.id = r.interruption_id WHERE i.company_id = %s",
    [company.id],
)
for row, point in cr.fetchall():
    customers[row].append(point)
cr.execute(
    "SELECT id, minutes, day, influence FROM power_interruption WHERE company_id = %s", [company.id]
)
rows = [Interruption(frozenset(customers.pop(i, ())), m, d, f) for i, m, d, f in cr.fetchall()]
started = time.perf_counter()
hours = ((period[1] - period[0]).days + 1) * 24.0
kernel = reliability.add_up(rows, POINTS, hours, rules)
took = time.perf_counter() - started
whole = model._add_up(company, *period, rules)[None]
same = (whole.interruptions, whole.affected, whole.momentary, whole.repeated, whole.long) == (
    kernel.interruptions,
    kernel.affected,
    kernel.momentary,
    kernel.repeated,
    kernel.long,
)
print(
    f"BENCH   kernel in memory: {took:.2f} s; equal to the database: "
    f"{same and abs(whole.minutes - kernel.minutes) < 1e-3 * kernel.minutes**0.5}"
)
counted = ("interruptions", "affected", "momentary", "repeated", "long")
by_month = defaultdict(list)
for row in rows:
    by_month[row.day.replace(day=1)].append(row)
monthly = model._add_up(company, *period, rules, "month")
alike = 0
for month, ours in monthly.items():
    wanted = reliability.add_up(by_month[month], POINTS, ours.hours, rules)
    alike += all(getattr(ours, name) == getattr(wanted, name) for name in counted)
print(f"BENCH   months equal to the kernel: {alike} of {len(monthly)}")
print(
    f"BENCH   slowest grouping {slowest:.2f} s of processor, allowed 5 s: "
    f"{'met' if slowest < 5 else 'MISSED'}"
)

nodes, people = outage_simulation.build_network()
settings = Settings()
print(
    f"BENCH {FAILURES} failures on {len(nodes)} devices with "
    f"{sum(map(len, people.values()))} customers, 30 % silent, 5 % false calls"
)
for at_once in (1, 4):
    for after in (5, 15, 60):
        score = outage_simulation.Score()
        started = time.perf_counter()
        for storm in outage_simulation.simulate(
            nodes, people, FAILURES // at_once // 3, settings, at_once, seed=after
        ):
            outage_simulation.judge(nodes, storm, settings, after, score)
        took = (time.perf_counter() - started) / max(score.failures, 1) * at_once
        print(
            f"BENCH   {at_once} at once, {after} min after: precision {score.precision:.3f}, "
            f"recall {score.recall:.3f} ({score.failures} failures, {score.proposals} proposals; "
            f"{1000 * took:.1f} ms a decision)"
        )
delays = [
    outage_simulation.find_delay(nodes, storm, settings)
    for storm in outage_simulation.simulate(nodes, people, 40, settings, seed=5)
]
known = sorted(delay for delay in delays if delay is not None)
print(
    f"BENCH   named for good after {known[len(known) // 2]:.1f} min in the median, "
    f"{known[int(len(known) * 0.9)]:.1f} min in nine of ten; never in {len(delays) - len(known)}"
)
print("BENCH end", flush=True)
