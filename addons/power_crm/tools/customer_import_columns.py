"""The columns of an import file of customers and supply points, and the words of their lists."""

from . import electrical
from .table_file import Column

SOURCES = (1, 2, 3)
CONTACTS = (1, 2)


def _contact_columns(number: int) -> tuple[Column, ...]:
    title, zh = f"Contact {number}", f"联系人{number}"
    first = ("联系人", "经办人") if number == 1 else ()
    return (
        Column(f"contact{number}_name", title, zh, "text", False, (*first, f"{zh}姓名")),
        Column(f"contact{number}_function", f"{title} position", f"{zh}职务", "text"),
        Column(f"contact{number}_phone", f"{title} phone", f"{zh}电话", "phone"),
        Column(f"contact{number}_email", f"{title} email", f"{zh}邮箱", "email"),
    )


def _source_columns(number: int) -> tuple[Column, ...]:
    title, zh = f"Source {number}", f"电源{number}"
    return (
        Column(f"source{number}_substation", f"{title} substation", f"{zh}变电站", "text"),
        Column(f"source{number}_bus_section", f"{title} bus section", f"{zh}母线段", "text"),
        Column(f"source{number}_feeder", f"{title} feeder", f"{zh}线路", "text"),
        Column(f"source{number}_capacity", f"{title} capacity (kVA)", f"{zh}容量(kVA)", "number"),
        Column(f"source{number}_role", f"{title} role", f"{zh}性质", "source_role"),
    )


COLUMNS: tuple[Column, ...] = (
    Column("point_number", "Supply point number", "用电户号", "code", True, ("户号", "用户编号")),
    Column("customer_number", "Customer number", "客户编号", "code"),
    Column("customer_name", "Customer name", "客户名称", "text", False, ("户名", "用户名称")),
    Column("customer_type", "Customer type", "客户类型", "customer_type"),
    Column("licence_number", "Licence number", "证照号码", "code", False, ("证件号码",)),
    Column("phone", "Phone", "联系电话", "phone", False, ("电话", "手机", "手机号")),
    Column("email", "Email", "电子邮箱", "email", False, ("邮箱",)),
    Column("channel", "Preferred channel", "首选联系方式", "channel"),
    Column("industry", "Industry", "行业", "industry", False, ("行业类别", "国民经济行业")),
    *(column for number in CONTACTS for column in _contact_columns(number)),
    Column(
        "important_level", "Important level", "重要客户等级", "important_level", False,
        ("重要等级", "重要用户等级"),
    ),
    Column("important_date", "Confirmed on", "认定日期", "date"),
    Column("important_authority", "Confirming authority", "认定机关", "text", False, ("认定部门",)),
    Column("point_name", "Supply point name", "用电名称", "text"),
    Column("payer", "Payer", "付费客户编号", "code", False, ("付费方", "Payer customer number")),
    Column("street", "Address", "用电地址", "text", False, ("地址", "street")),
    Column("city", "City", "城市", "text"),
    Column("latitude", "Latitude", "纬度", "latitude"),
    Column("longitude", "Longitude", "经度", "longitude"),
    Column("area", "Area", "片区", "area", False, ("供电区域", "台区", "所属区域")),
    Column("usage_category", "Usage category", "用电类别", "usage_category"),
    Column("voltage_class", "Voltage", "电压等级", "voltage_class", True, ("供电电压",)),
    Column("phases", "Phases", "相数", "phases"),
    Column("metering_mode", "Metering mode", "计量方式", "metering_mode"),
    Column("capacity_kva", "Capacity (kVA)", "合同容量(kVA)", "number", False, ("运行容量",)),
    Column("demand_kw", "Contracted demand (kW)", "核定需量(kW)", "number"),
    Column("safety_load_kw", "Safety load (kW)", "保安负荷(kW)", "number"),
    Column("allowed_interruption_s", "Allowed interruption (s)", "允许中断时间(秒)", "number"),
    Column("life_support", "Life support", "生命支持", "boolean"),
    Column("boundary", "Ownership boundary", "产权分界", "long_text", False, ("产权分界点",)),
    *(column for number in SOURCES for column in _source_columns(number)),
    Column("generator_kind", "Own source", "自备应急电源", "generator_kind", False, ("自备电源",)),
    Column("generator_capacity", "Own source capacity (kW)", "自备电源容量(kW)", "number"),
    Column(
        "generator_transfer", "Own source takes over within (s)", "自备电源切换时间(秒)", "number"
    ),
    Column("generator_interlock", "Own source lock", "自备电源闭锁", "generator_interlock"),
    Column("generator_last_test", "Own source last test", "自备电源上次试验日期", "date"),
    Column("state", "State", "状态", "state", False, ("用电状态",)),
    Column("date_activated", "Active since", "送电日期", "date", False, ("立户日期",)),
)  # fmt: skip
COLUMN_BY_KEY = {column.key: column for column in COLUMNS}
REQUIRED_KEYS = tuple(column.key for column in COLUMNS if column.required)
CUSTOMER_FIELDS = (
    "customer_name",
    "customer_type",
    "phone",
    "email",
    "channel",
    "industry",
    *(column.key for number in CONTACTS for column in _contact_columns(number)),
    "important_level",
    "important_date",
    "important_authority",
)
POINT_FIELDS = (
    "point_name",
    "street",
    "city",
    "latitude",
    "longitude",
    "area",
    "usage_category",
    "voltage_class",
    "phases",
    "metering_mode",
    "capacity_kva",
    "demand_kw",
    "safety_load_kw",
    "allowed_interruption_s",
    "life_support",
    "boundary",
    "date_activated",
)
# Cells that mean nothing without another: {the one needed: the cells that need it}
GROUPS = {
    "important_level": ("important_date", "important_authority"),
    "generator_kind": tuple(
        f"generator_{part}" for part in ("capacity", "transfer", "interlock", "last_test")
    ),
    **{
        f"source{number}_substation": tuple(
            f"source{number}_{part}" for part in ("bus_section", "feeder", "capacity", "role")
        )
        for number in SOURCES
    },
    **{
        f"contact{number}_name": tuple(
            f"contact{number}_{part}" for part in ("function", "phone", "email")
        )
        for number in CONTACTS
    },
}

# Words of each list: the stored value, then everything people write for it.
CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "customer_type": {
        "company": ("Company", "单位", "企业", "organisation", "organization", "公司"),
        "person": ("Person", "个人", "居民", "individual"),
    },
    "channel": {
        "phone": ("Phone", "电话"),
        "sms": ("SMS", "短信"),
        "email": ("Email", "电子邮件", "邮件", "邮箱"),
        "portal": ("Portal", "网站", "网上"),
        "post": ("Post", "信函", "邮寄"),
        "visit": ("Personal visit", "上门", "走访"),
    },
    "important_level": {
        "special": ("Special", "特级", "特级重要用户"),
        "first": ("First", "一级", "一级重要用户", "1"),
        "second": ("Second", "二级", "二级重要用户", "2"),
        "temporary": ("Temporary", "临时性", "临时", "临时性重要用户"),
    },
    "voltage_class": {
        code: (
            label,
            label.replace(" kV", "千伏").replace(" V", "伏"),
            f"交流{label}",
            f"AC{label}",
        )
        for code, label in electrical.VOLTAGE_CLASSES
    },
    "phases": {
        "single": ("Single phase", "单相", "1"),
        "three": ("Three phase", "三相", "3"),
    },
    "metering_mode": {
        "hv_hv": ("High-voltage supply, high-voltage metering", "高供高计", "hv/hv", "hvhv"),
        "hv_lv": ("High-voltage supply, low-voltage metering", "高供低计", "hv/lv", "hvlv"),
        "lv_lv": ("Low-voltage supply, low-voltage metering", "低供低计", "lv/lv", "lvlv"),
    },
    "source_role": {
        "main": ("Main", "主供", "主供电源", "主电源"),
        "standby": ("Standby", "备用", "备用电源"),
    },
    "generator_kind": {
        "diesel": ("Diesel generator", "柴油发电机", "diesel", "柴油"),
        "gas": ("Gas generator", "燃气发电机", "gas", "燃气"),
        "ups": ("UPS", "不间断电源", "UPS电源"),
        "storage": ("Battery storage", "储能", "蓄电池", "battery"),
        "vehicle": ("Mobile generator", "移动发电车", "发电车"),
        "other": ("Other", "其他"),
    },
    "generator_interlock": {
        "electrical": ("Electrical", "电气闭锁", "电气"),
        "mechanical": ("Mechanical", "机械闭锁", "机械"),
        "none": ("None", "无", "没有"),
    },
    "state": {
        "applied": ("Applied", "申请中", "申请"),
        "active": ("Active", "正常", "正常用电", "在用", "运行"),
        "suspended": ("Suspended", "暂停", "停用"),
        "closed": ("Closed", "销户", "已销户"),
    },
    "boolean": {
        "1": ("Yes", "是", "true", "y", "有"),
        "": ("No", "否", "false", "n", "0", "无"),
    },
}
