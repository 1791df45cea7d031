"""The repair desk: crews, a fortnight of mended faults, and today's in every state."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

# key, name, leader, area, vehicle
CREWS = (
    ("crew_urban", "城区抢修一班 City crew 1", "crew", "urban", "苏B·QJ101"),
    ("crew_rural", "农村抢修班 Country crew", "crew2", "rural", "苏B·QJ202"),
    ("crew_remote", "山区抢修班 Hill crew", "crew3", "remote", "苏B·QJ303"),
)
CREW_OF_KIND = {kind: key for key, _name, _leader, kind, _vehicle in CREWS}

# customer, days ago, symptom, cause, minutes to: accept, dispatch, arrive, restore, and the answer
MENDED = (
    ("household_001", 14, "no_power", "equipment_fuse", 1, 2, 31, 62, "yes"),
    ("household_002", 12, "partial", "customer_breaker", 2, 3, 38, 51, "yes"),
    ("household_010", 11, "flicker", "equipment_cable", 1, 2, 42, 190, "yes"),
    ("store_east", 9, "no_power", "external_digging", 1, 1, 28, 155, "yes"),
    ("household_003", 8, "low_voltage", "overload_unbalance", 4, 6, 58, 170, "yes"),
    ("household_004", 6, "meter", "equipment_meter", 2, 4, 40, 75, "no"),
    ("household_007", 4, "no_power", "weather_wind", 1, 2, 44, 120, "yes"),
    ("household_008", 2, "no_power", "unknown_not_found", 3, 4, 36, 66, "yes"),
)
# customer, minutes ago, symptom, channel, state, what the caller said
TODAY = (
    ("hospital", 6, "partial", "phone", "reported", "三楼病房没电 No power on the third floor"),
    ("household_009", 14, "no_power", "portal", "reported", "整栋楼都黑了 The whole house is dark"),
    ("store_grand", 22, "flicker", "phone", "accepted", "灯光闪烁 Lights flicker"),
    ("household_011", 35, "no_power", "api", "dispatched", "手机应用报修 Reported by app"),
    ("household_012", 70, "low_voltage", "phone", "arrived", "空调启动不了 Cooling does not start"),
    ("household_013", 180, "no_power", "phone", "restored", "跳闸 Tripped"),
    ("household_014", 90, "no_power", "phone", "transferred", "室内线路故障 Fault of own wiring"),
    ("household_015", 120, "other", "web", "cancelled", "误报 False call"),
)


def build(demo):
    for crew in CREWS:
        _make_crew(demo, *crew)
    for row in MENDED:
        _make_mended(demo, *row)
    for row in TODAY:
        _make_open(demo, *row)


def _make_crew(demo, key, name, leader, kind, vehicle):
    areas = demo.env["power.area"].search(
        [("company_id", "=", demo.company.id), ("kind", "=", kind)]
    )
    crew = demo.env["power.crew"].create(
        {
            "name": name,
            "leader_id": demo.user(leader).id,
            "area_ids": [Command.set(areas.ids)],
            "skill_ids": [Command.set(demo.env["power.crew.skill"].search([("id", ">", 0)]).ids)],
            "vehicle": vehicle,
            "company_id": demo.company.id,
        }
    )
    demo.keep(key, crew)


def _report(demo, key, instant, symptom, channel="phone", description=False):
    """Take a report as a channel does; faults of the past tell nobody."""
    point = demo.get(f"point_{key}")
    faults = demo.env["power.fault"].with_user(demo.user("dispatcher")).sudo()
    faults = faults.with_context(power_silent=True, power_move_date=instant)
    return faults.create(
        {
            "supply_point_id": point.id,
            "symptom": symptom,
            "channel": channel,
            "description": description,
            "date_reported": instant,
            "company_id": demo.company.id,
        }
    )


def _move(fault, state, instant):
    fault = fault.sudo().with_context(power_move_date=instant)
    if state == "dispatched":
        area = fault.supply_point_id.area_id
        fault.crew_id = fault.env.ref(f"power_demo.{CREW_OF_KIND[area.kind]}")
        fault.sudo()._crew_take(instant + timedelta(minutes=2), {})
        return
    if state == "restored":
        fault.check_ids = fault.env["power.fault.check"].search([("required", "=", True)])
    # Work of the past is stamped as it was, by who did it.
    fault._set_state(state, **({"user_id": fault.env.uid} if state == "accepted" else {}))


def _make_mended(demo, key, days, symptom, cause, *way_and_answer):
    *minutes, answer = way_and_answer
    start = fields.Datetime.now() - timedelta(days=days, hours=3)
    fault = _report(demo, key, start, symptom)
    steps = ("accepted", "dispatched", "arrived", "restored")
    for state, after in zip(steps, minutes, strict=True):
        if state == "restored":
            fault.cause_id = demo.env.ref(f"power_faults.cause_{cause}")
        _move(fault, state, start + timedelta(minutes=after))
    told = start + timedelta(minutes=minutes[-1] + 20)
    proof = fault.with_context(power_move_date=told).sudo().proof_ids
    proof._take_answer(answer)
    if answer == "no":
        demo.keep("fault_reopened", fault.child_ids)


def _make_open(demo, key, minutes, symptom, channel, state, description):
    start = fields.Datetime.now() - timedelta(minutes=minutes)
    fault = _report(demo, key, start, symptom, channel, description)
    demo.keep(f"fault_{state}_{key}", fault)
    if state in ("cancelled", "transferred"):
        _move(fault, state, start + timedelta(minutes=10))
        return
    way = ("accepted", "dispatched", "arrived", "restored")
    for number, step in enumerate(way[: way.index(state) + 1] if state in way else ()):
        if step == "restored":
            fault.cause_id = demo.env.ref("power_faults.cause_equipment_switchgear")
        _move(fault, step, start + timedelta(minutes=(2, 4, 30, 100)[number]))
