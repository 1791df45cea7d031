"""Faults beside the tickets of OCA's `helpdesk_mgmt`: the same number, in the same database.

Each record is made by itself, as a report comes, with everything that follows: ours with its
clocks, its priority and its grouping. Processor time, ours and the peer's by turns, so that a
machine that others use does not favour either. `BENCH_TICKETS` (200) says how many.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from house import bench, console, database, odoo, paths
from house.console import Stop

NAME = "power_bench_desk"
PEER = "odoo-addon-helpdesk-mgmt==19.0.*"
TICKETS = int(os.environ.get("BENCH_TICKETS", "200"))
PROGRAM = f"""
import statistics, time
company = env.ref("base.main_company")
points = env["power.supply.point"].search([("company_id", "=", company.id)], limit=100)
partners = points.partner_id
team = env["helpdesk.ticket.team"].create({{"name": "Bench"}})
env.cr.execute("SELECT pg_backend_pid()")
backend = env.cr.fetchone()[0]

def spent():
    with open(f"/proc/{{backend}}/stat") as file:
        parts = file.read().rsplit(")", 1)[1].split()
    return time.process_time() + (int(parts[11]) + int(parts[12])) / 100

def fault(n):
    point = points[n % len(points)]
    return env["power.fault"].create({{"supply_point_id": point.id, "symptom": "no_power",
        "channel": "api", "description": "No light", "company_id": company.id}})

token = env["power.fault.channel"].create(
    {{"name": "Bench", "company_id": company.id}})._renew_token()

def sent(n):
    # what stands behind the address for other systems, from the token to the answer
    channel = env["power.fault.channel"]._find_by_header(f"Bearer {{token}}")
    channel = channel.with_company(channel.company_id).with_context(
        allowed_company_ids=channel.company_id.ids, lang="en_US",
        tz=channel.company_id.power_tz, mail_create_nosubscribe=True, mail_create_nolog=True)
    point = env["power.supply.point"].browse(points[n % len(points)].id)
    item = {{"supply_point": point.number, "symptom": "no_power", "description": "No light",
        "device_label": str(n)}}
    return channel.env["power.fault"]._take_item(channel, item, f"{{time.time()}}")

def work_off(n):
    env["power.fault.report"]._take_batch()
    env["power.outage"]._group_waiting()

def ticket(n):
    partner = partners[n % len(partners)]
    return env["helpdesk.ticket"].create({{"name": "No light", "description": "No light",
        "partner_id": partner.id, "team_id": team.id, "company_id": company.id}})

def take(make, n):
    begin = spent()
    make(n)
    env.flush_all()
    env.invalidate_all()
    return spent() - begin

for n in range(10):
    take(fault, n), take(ticket, n)

def compare(name, make, after):
    ours, theirs, rounds = 0.0, 0.0, []
    for start in range(0, {TICKETS}, 20):
        one = sum(take(make, start + n) for n in range(20)) + take(after, 0)
        other = sum(take(ticket, start + n) for n in range(20))
        ours, theirs = ours + one, theirs + other
        rounds.append(one / max(other, 1e-9))
    ratio = statistics.median(rounds)
    print(f"BENCH {{name}}: {{1000 * ours / {TICKETS}:.1f}} ms, "
        f"tickets {{1000 * theirs / {TICKETS}:.1f}} ms of processor time each")
    print(f"BENCH   ratio in the median {{ratio:.2f}}, from {{min(rounds):.2f}} to "
        f"{{max(rounds):.2f}}; allowed 1: {{'met' if ratio <= 1 else 'MISSED'}}")

compare("each grouped at once", fault, lambda n: None)
# a place that calls again would be added to its open fault: here each is a fault of its own
company.power_fault_duplicate_minutes = 0
compare("as systems report, 20 made and grouped together", sent, work_off)
ours = [("description", "=", "No light")]
clocks = env["power.fault.clock"].search_count([("fault_id.description", "=", "No light")])
pending = env["power.fault"].search_count([*ours, ("grouping_pending", "=", True)])
print(f"BENCH {{clocks}} clocks run on {{env['power.fault'].search_count(ours)}} faults, "
    f"{{pending}} are not grouped")
env.cr.rollback()
"""


def main() -> int:
    with bench.copied(NAME), tempfile.TemporaryDirectory() as folder:
        addons = _fetch_peer(Path(folder))
        _odoo(addons, "--init=helpdesk_mgmt", "--stop-after-init", "--max-cron-threads=0")
        output = _odoo(addons, shell=True)
    lines = [line.split("BENCH ", 1)[1] for line in output.splitlines() if "BENCH " in line]
    if not lines:
        raise Stop(f"The bench printed nothing:\n{output[-2000:]}")
    print("\n".join(lines))
    return 0


def _fetch_peer(folder: Path) -> Path:
    """Install the peer into a folder of its own, beside nothing of ours."""
    command = [paths.PYTHON, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*command, f"--target={folder}", PEER], check=True)
    return folder / "odoo" / "addons"


def _odoo(addons: Path, *options: str, shell: bool = False) -> str:
    command = (
        database.shell(NAME)
        if shell
        else database.command(NAME, "odoo.test.conf", "--no-http", *options)
    )
    places = f"--addons-path={odoo.addons_path()},{addons}"
    command = [places if part.startswith("--addons-path=") else part for part in command]
    done = subprocess.run(
        command,
        env=odoo.child_environment(),
        input=PROGRAM if shell else None,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode or "Traceback" in done.stdout:
        raise Stop(f"The bench failed:\n{done.stdout[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    console.main(main)
