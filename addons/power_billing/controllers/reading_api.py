from odoo.http import Controller, request, route

from odoo.addons.power_crm.controllers.sender_api import SENDER_ROUTE, Refusal, SenderApi


class PowerReadingApi(SenderApi, Controller):
    """Readings from head-ends: ``POST /power/api/readings``.

    Header ``Authorization: Bearer <token>``; optional ``Idempotency-Key``. Body: ``{"readings":
    [{"meter": "0130051284", "date": "2026-10-31", "value": "1234.56"}, …]}``. Answer 200 with one
    row for each reading; 400, 401, 409 or 413 with ``error`` when the whole batch is refused.
    """

    _sender_model = "power.headend"
    _max_bytes = 8 * 1024 * 1024

    @route("/power/api/readings", **SENDER_ROUTE)
    def take_readings(self, **_kw):
        return self._serve(self._take_readings)

    def _take_readings(self, headend, data):
        items = data.get("readings") if isinstance(data, dict) else data
        if not isinstance(items, list) or not items:
            raise Refusal("“readings” must be a list with at least one reading.")
        if len(items) > headend.batch_limit:
            raise Refusal(
                f"More than {headend.batch_limit} readings; send smaller batches.", status=413
            )
        key = self._get_idempotency_key()
        return headend._receive(items, key, request.httprequest.get_data()), 200
