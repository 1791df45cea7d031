"""Areas, staff, one login a role."""

from odoo.fields import Command

from ..tools.network import AREAS
from ..tools.utility import phone
from .tariffs import translate

# login, name, groups of power_crm, language; the password is the login.
STAFF = (
    ("manager", "高海宁 Gao Haining", ("manager",), "en_US"),
    ("agent", "林静 Lin Jing", ("agent",), "zh_CN"),
    ("clerk", "何敏 He Min", ("billing_clerk",), "en_US"),
    ("finance", "宋丽华 Song Lihua", ("finance",), "en_US"),
    ("accountmanager", "周建国 Zhou Jianguo", ("account_manager",), "en_US"),
    ("accountmanager2", "郭晨 Guo Chen", ("account_manager",), "zh_CN"),
    ("accountmanager3", "田桂兰 Tian Guilan", ("account_manager",), "zh_CN"),
    ("dispatcher", "徐磊 Xu Lei", ("dispatcher",), "en_US"),
    ("crew", "马强 Ma Qiang", ("crew",), "zh_CN"),
    ("crew2", "罗勇 Luo Yong", ("crew",), "zh_CN"),
    ("crew3", "彭志广 Peng Zhiguang", ("crew",), "zh_CN"),
    ("analyst", "沈思雨 Shen Siyu", ("analyst",), "en_US"),
)
AREA_PEOPLE = {
    "urban": ("accountmanager", ("agent", "crew")),
    "rural": ("accountmanager2", ("crew2",)),
    "remote": ("accountmanager3", ("crew3",)),
}


def build(demo):
    for number, person in enumerate(STAFF):
        _make_user(demo, number, *person)
    city = _make_area(demo, "city", "清江市", "Qingjiang", "urban", "QJ", False)
    for number, area in enumerate(AREAS, 1):
        record = _make_area(
            demo, area.key, area.name, area.name_en, area.kind, f"QJ{number:02d}", city
        )
        manager, members = AREA_PEOPLE[area.key]
        record.manager_id = demo.user(manager)
        record.member_ids = [Command.set([demo.user(login).id for login in (manager, *members)])]


def _make_user(demo, number, login, name, groups, language):
    user = demo.env["res.users"].create(
        {
            "login": login,
            "password": login,
            "name": name,
            "email": f"{login}@qingjiang.example",
            "phone": phone(5_900_000 + number),
            "lang": language,
            "tz": "Asia/Shanghai",
            "company_ids": [Command.set(demo.company.ids)],
            "company_id": demo.company.id,
            "group_ids": [
                Command.link(demo.env.ref(f"power_crm.group_{group}").id) for group in groups
            ],
        }
    )
    user.partner_id.country_id = demo.company.country_id
    return demo.keep(f"user_{login}", user)


def _make_area(demo, key, name, name_en, kind, code, parent):
    area = demo.env["power.area"].create(
        {
            "name": name_en,
            "kind": kind,
            "code": code,
            "parent_id": parent and parent.id,
            "company_id": demo.company.id,
        }
    )
    translate(area, name)
    return demo.keep(f"area_{key}", area)
