"""What customers of a bulk load stand in: areas and tariffs, found by their codes or made."""

from ..demo import tariffs
from ..tools.network import AREAS

AREA_CODES = {area.key: f"QJ{number:02d}" for number, area in enumerate(AREAS, 1)}


class Frame:
    """Areas by key and tariffs by code of one company."""

    def __init__(self, env):
        self.env = env
        self.areas = {area.key: self._get_area(area) for area in AREAS}
        self.tariffs = {code: self._get_tariff(code) for code in tariffs.TARIFFS}

    def _get_area(self, area):
        domain = [("code", "=", AREA_CODES[area.key]), ("company_id", "=", self.env.company.id)]
        return self.env["power.area"].search(domain) or self._make_area(area)

    def _make_area(self, area):
        record = self.env["power.area"].create(
            {
                "name": area.name_en,
                "kind": area.kind,
                "code": AREA_CODES[area.key],
                "company_id": self.env.company.id,
            }
        )
        tariffs.translate(record, area.name)
        return record

    def _get_tariff(self, code):
        domain = [("code", "=", code.upper()), ("company_id", "=", self.env.company.id)]
        return self.env["power.tariff"].search(domain) or tariffs.make(self.env, code)
