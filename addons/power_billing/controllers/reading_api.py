import json

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.http import Controller, request, route

_MAX_BYTES = 8 * 1024 * 1024


class PowerReadingApi(Controller):
    """Readings from head-ends: ``POST /power/api/readings``.

    Header ``Authorization: Bearer <token>``; optional ``Idempotency-Key``. Body: ``{"readings":
    [{"meter": "0130051284", "date": "2026-10-31", "value": "1234.56"}, …]}``. Answer 200 with one
    row for each reading; 400, 401, 409 or 413 with ``error`` when the whole batch is refused.
    """

    @route(
        "/power/api/readings",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def take_readings(self, **_kw):
        headend = self._find_headend()
        if not headend:
            return self._answer({"error": "The token is missing or not known."}, 401)
        if (request.httprequest.content_length or 0) > _MAX_BYTES:
            return self._answer({"error": f"The body is larger than {_MAX_BYTES} bytes."}, 413)
        body = request.httprequest.get_data()
        try:
            items = self._parse(body)
        except ValueError as error:
            return self._answer({"error": str(error)}, 400)
        if len(items) > headend.batch_limit:
            return self._answer(
                {"error": f"More than {headend.batch_limit} readings; send smaller batches."}, 413
            )
        key = (request.httprequest.headers.get("Idempotency-Key") or "").strip()[:200]
        try:
            return self._answer(headend._receive(items, key, body))
        except UserError as error:
            request.env.cr.rollback()
            return self._answer({"error": str(error)}, 409)

    def _find_headend(self):
        """Return the sender's record, working in its company."""
        request.update_env(user=SUPERUSER_ID)
        headend = request.env["power.headend"]._find_by_header(
            request.httprequest.headers.get("Authorization")
        )
        return headend.with_company(headend.company_id).with_context(
            allowed_company_ids=headend.company_id.ids, lang="en_US"
        )

    def _parse(self, body):
        """Return the list of readings in a body.

        :raises ValueError: with what is wrong
        """
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            raise ValueError("The body is no JSON.") from None
        items = data.get("readings") if isinstance(data, dict) else data
        if not isinstance(items, list) or not items:
            raise ValueError("“readings” must be a list with at least one reading.")
        return items

    def _answer(self, data, status=200):
        return request.make_json_response(data, status=status)
