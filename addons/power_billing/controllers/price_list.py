from odoo.http import Controller, content_disposition, request, route

from ..tools import price_list, price_list_xlsx

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}


class PriceListExport(Controller):
    """Price lists as files, for those who may read the tariffs."""

    @route("/power/tariffs/export/<string:kind>", type="http", auth="user", methods=["GET"])
    def export(self, kind, ids="", **_kw):
        numbers = [int(text) for text in ids.split(",") if text.isdecimal()]
        tariffs = request.env["power.tariff"]
        if kind not in _TYPES or not tariffs.has_access("read"):
            raise request.not_found()
        tariffs = tariffs.search([("id", "in", numbers)])
        if not tariffs:
            raise request.not_found()
        data = request.env["power.tariff.list"]._export(tariffs)
        if kind == "json":
            content = price_list.dumps(data).encode()
        else:
            content = price_list_xlsx.write(data, (request.env.lang or "").startswith("zh"))
        filename = request.env._("price_list.%s", kind)
        return request.make_response(
            content,
            headers=[
                ("Content-Type", _TYPES[kind]),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(filename)),
            ],
        )
