"""The service file of the important customers and some factories: a year of attention."""

from datetime import datetime, time, timedelta

from odoo import fields
from odoo.fields import Command

from ..tools.utility import person, phone

FINANCE = "财务负责人 Head of finance"
CONTACT_FUNCTIONS = ("设备科长 Head of plant", FINANCE)

# days ago, kind, subject, result
DONE = (
    (330, "visit", "走访 Visit", "用电需求平稳,无新增容量。\nDemand is steady, no new capacity."),
    (255, "inspection", "用电检查 Inspection", "设备运行正常,记录已归档。\nEquipment in order."),
    (190, "training", "电工培训 Electricians' training",
     "参训4人,考核合格。\nFour people, all passed."),
    (150, "visit", "走访 Visit",
     "客户询问峰谷电价。\nThe customer asked about prices by time of day."),
    (95, "equipment_check", "设备检测 Equipment check",
     "变压器油样合格,接头测温正常。\nOil samples and joint temperatures are good."),
    (60, "material", "安全用电资料 Knowledge material",
     "发放节能与安全用电手册。\nSaving and safety booklets handed over."),
    (28, "visit", "走访 Visit", "确认迎峰度冬保电安排。\nWinter supply security agreed."),
)  # fmt: skip

# customer, place in DONE where it was found, name, severity, last state, days to mend it
DEFECTS = (
    ("hospital", 1, "低压柜接地不良 Bad earth of the LV cabinet", "serious", "verified", 30),
    ("hospital_second", 4, "变压器渗油 Transformer leaks oil", "serious", "rectified", 45),
    ("hospital_mental", 1, "未配置自备应急电源 No own emergency source", "major", "noticed", 90),
    ("bus", 1, "单电源供电,无应急电源 Single supply, no emergency source", "major", "noticed", 60),
    ("property", 4, "电缆沟积水 Water in the cable trench", "general", "noticed", 30),
    ("parts", 4, "无功补偿装置故障 Capacitor bank out of order", "general", "found", 120),
    (
        "store_east",
        1,
        "消防电源切换时间过长 Fire supply switches too slowly",
        "serious",
        "noticed",
        30,
    ),
    ("factory_001", 4, "高压熔断器老化 Aged HV fuse", "general", "found", 60),
)

DEMANDS = {
    "telecom": ("demand", "新机房扩容 2000 kVA Extension by 2,000 kVA for a new equipment room"),
    "airport": ("demand", "春运期间保电 Supply security over the spring travel season"),
    "hospital": ("feedback", "对停电通知方式表示满意 Pleased with how outages are announced"),
    "store_grand": ("demand", "希望停电安排在营业时间外 Outages outside opening hours, please"),
    "property": ("feedback", "对违约金有异议 Objects to a late-payment charge"),
}
# A planned visit that nobody made yet.
OVERDUE = {"property": 12, "rail_signal": 5, "store_east": 21}
RELATED = (
    ("store_grand", "property"),
    ("rail_station", "rail_traction"),
    ("rail_station", "rail_signal"),
    ("water", "government"),
    ("parts", "factory_000"),
)
AUTHORITIES = {
    "business": "清江市市场监督管理局 Market Regulation Bureau",
    "special_trade": "清江市行政审批局 Permit Bureau",
    "tax": "清江市税务局 Tax Bureau",
}
# customer: days until its business licence ends
ENDING = {"hospital_river": 20, "property": -15, "store_east": 45, "factory_002": -40}


def build(demo):
    keyed = {client.key: client for client in demo.clients}
    important = [client for client in demo.clients if client.vip]
    attended = [*important, *(keyed[f"factory_{place:03d}"] for place in range(4))]
    contacts = _make_contacts(demo, attended)
    records = _make_records(demo, attended, contacts)
    _make_defects(demo, keyed, records)
    _make_licences(demo, [client for client in demo.clients if client.is_company])
    for first, second in RELATED:
        keyed[first].partner.power_related_ids = [Command.link(keyed[second].partner.id)]
    _do_daily_jobs(demo.env)
    demo.log("%s service records", len(demo.env["power.service.record"].search([])))


def _do_daily_jobs(env):
    """Enter the reminders and visits to come, as the daily jobs do, within one transaction."""
    customers = env["res.partner"]
    for customer in customers.search(customers._get_renewal_due_domain()):
        customer.activity_schedule(**customer._prepare_renewal_vals())
    licences = env["power.licence"]
    licences._refresh_states()
    ending = licences.search(licences._get_remind_domain())
    for licence in ending:
        licence.activity_schedule(**licence._prepare_reminder_vals())
    ending.reminded_on = fields.Date.today()
    records = env["power.service.record"]
    due = customers.search(customers._get_visit_due_domain())
    records.create(due._prepare_visit_vals_list())._remind_of_plan()
    due = customers.search(customers._get_inspection_due_domain())
    records.create(due._prepare_inspection_vals_list())._remind_of_plan()


def _make_contacts(demo, clients):
    draw = demo.utility.stream("contacts")
    vals_list = []
    for client in clients:
        for function in CONTACT_FUNCTIONS:
            name, name_en = person(draw)
            number = 5_700_000 + len(vals_list)
            vals_list.append(
                {
                    "name": f"{name} {name_en}",
                    "parent_id": client.partner.id,
                    "type": "contact",
                    "function": function,
                    "phone": phone(number),
                    "email": f"contact{number}@qingjiang.example",
                    "lang": "zh_CN",
                    "tz": "Asia/Shanghai",
                }
            )
    contacts = demo.env["res.partner"].create(vals_list)
    return {contact.parent_id.id: contact for contact in contacts if contact.function != FINANCE}


def _make_records(demo, clients, contacts):
    """Return the records by (customer key, place in DONE)."""
    vals_list = []
    for place, client in enumerate(clients):
        contact = contacts[client.partner.id]
        vals_list += _prepare_done_vals_list(demo, client, contact, place)
        vals_list += _prepare_open_vals_list(demo, client, contact)
    places = [vals.pop("place", None) for vals in vals_list]
    records = demo.env["power.service.record"].create(vals_list)
    keys = {client.partner.id: client.key for client in clients}
    return {
        (keys[record.partner_id.id], place): record
        for record, place in zip(records, places, strict=True)
        if place is not None
    }


def _prepare_record_vals(demo, client, contact, kind, name, day):
    return {
        "kind": kind,
        "name": f"{name}: {client.name}",
        "partner_id": client.partner.id,
        "supply_point_id": client.record.id,
        "company_id": demo.company.id,
        "user_id": (client.record.manager_id or demo.user("accountmanager")).id,
        "contact_id": contact.id,
        "date_planned": datetime.combine(day, time(1, 30)),
        "duration": 1.5,
    }


def _prepare_done_vals_list(demo, client, contact, place):
    for number, (ago, kind, name, result) in enumerate(DONE):
        if client.level == "key" and number in (2, 5) and place % 2:
            continue
        day = demo.today - timedelta(days=ago - place % 7)
        yield {
            **_prepare_record_vals(demo, client, contact, kind, name, day),
            "state": "done",
            "date_done": day,
            "result": result,
            "shared_with_customer": kind != "visit",
            "place": number,
        }


def _prepare_open_vals_list(demo, client, contact):
    if client.key in OVERDUE:
        day = demo.today - timedelta(days=OVERDUE[client.key])
        yield _prepare_record_vals(demo, client, contact, "visit", "走访 Visit", day)
    if client.key in DEMANDS:
        kind, text = DEMANDS[client.key]
        day = demo.today - timedelta(days=6)
        yield {
            **_prepare_record_vals(demo, client, contact, kind, text, day),
            "description": text,
            "state": "done" if kind == "feedback" else "planned",
            "date_done": day if kind == "feedback" else False,
        }


def _make_defects(demo, keyed, records):
    """Found at a check, then taken through the states people use."""
    for key, place, name, severity, state, days in DEFECTS:
        record = records[key, place]
        found = record.date_done
        defect = demo.env["power.defect"].create(
            {
                "name": name,
                "severity": severity,
                "service_record_id": record.id,
                "user_id": record.user_id.id,
                "date_found": found,
                "deadline": found + timedelta(days=days),
            }
        )
        for step in ("noticed", "rectified", "verified"):
            if defect.state == state:
                break
            defect._set_state(step)
        if defect.date_noticed:
            defect.date_noticed = found + timedelta(days=2)
        if defect.date_rectified:
            defect.date_rectified = found + timedelta(days=days - 5)
        if defect.date_verified:
            defect.date_verified = found + timedelta(days=days)
            defect.verified_by_id = record.user_id


def _make_licences(demo, clients):
    vals_list = []
    for place, client in enumerate(clients):
        kinds = ["business"]
        if client.vip and client.industry in ("Q", "J", "G"):
            kinds.append("special_trade")
        if client.profile == "factory":
            kinds.append("tax")
        ends = demo.today + timedelta(days=ENDING.get(client.key, 400 + 37 * place))
        vals_list += [
            {
                "partner_id": client.partner.id,
                "kind": kind,
                "number": f"QJ{kind[:2].upper()}{place:08d}",
                "authority": AUTHORITIES[kind],
                "date_from": ends - timedelta(days=3650),
                "date_to": ends if kind == "business" else False,
            }
            for kind in kinds
        ]
    demo.env["power.licence"].create(vals_list)
