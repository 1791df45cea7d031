import json

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError, ValidationError
from odoo.http import Controller, request, route

_MAX_BYTES = 256 * 1024


class PowerFaultApi(Controller):
    """Faults and meter signals from other systems.

    Header ``Authorization: Bearer <token>``; ``Idempotency-Key`` makes a report that is sent again
    get the same answer.

    * ``POST /power/api/faults``: ``{"supply_point": "0510…", "symptom": "no_power", "danger":
      false, "phone": "139 1234 5678", "contact_name": …, "address": …, "device_label": …,
      "latitude": …, "longitude": …, "description": …, "minutes_ago": 10}``. Answer 201 (taken) or
      200 (known) with ``fault``, ``outcome``, ``state``, ``priority``, ``outage``,
      ``expected_back``; 400, 401, 409, 413 with ``error``, and ``fields`` where one is wrong.
    * ``POST /power/api/faults/signals``: ``{"supply_point": "0510…", "power": true}``. Answer 200
      with ``faults``, the numbers of the faults the signal proves or reopens.
    """

    @route(
        "/power/api/faults",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def take_fault(self, **_kw):
        channel = self._find_channel()
        if not channel:
            return self._refuse("The token is missing or not known.", 401)
        item, refusal = self._read_body()
        if refusal:
            return refusal
        key = (request.httprequest.headers.get("Idempotency-Key") or "").strip()[:200]
        try:
            answer, status = channel.env["power.fault"]._take_item(channel, item, key)
        except ValidationError as error:
            return self._refuse_fields(error)
        except UserError as error:
            request.env.cr.rollback()
            return self._refuse(str(error), 409)
        return request.make_json_response(answer, status=status)

    @route(
        "/power/api/faults/signals",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def take_signal(self, **_kw):
        channel = self._find_channel()
        if not channel:
            return self._refuse("The token is missing or not known.", 401)
        item, refusal = self._read_body()
        if refusal:
            return refusal
        if not isinstance(item.get("power"), bool):
            return self._refuse("“power” must be true or false.", 400)
        faults = channel.env["power.fault"]
        point = faults._find_point(item.get("supply_point"))
        if not point:
            return self._refuse("No supply point has this number.", 400)
        answered = faults._take_signal(point, item["power"])
        return request.make_json_response({"faults": answered.mapped("name")})

    def _find_channel(self):
        """Return the sender's record, working in its company without notices to followers."""
        request.update_env(user=SUPERUSER_ID)
        channel = request.env["power.fault.channel"]._find_by_header(
            request.httprequest.headers.get("Authorization")
        )
        return channel.with_company(channel.company_id).with_context(
            allowed_company_ids=channel.company_id.ids,
            lang="en_US",
            mail_create_nosubscribe=True,
            mail_create_nolog=True,
        )

    def _read_body(self):
        """Return the body as a dict, or the answer that refuses it."""
        if (request.httprequest.content_length or 0) > _MAX_BYTES:
            return None, self._refuse(f"The body is larger than {_MAX_BYTES} bytes.", 413)
        try:
            item = json.loads(request.httprequest.get_data())
        except (ValueError, RecursionError):
            return None, self._refuse("The body is no JSON.", 400)
        if not isinstance(item, dict):
            return None, self._refuse("The body must be one JSON object.", 400)
        return item, None

    def _refuse_fields(self, error):
        request.env.cr.rollback()
        fields = json.loads(str(error))
        return request.make_json_response(
            {"error": " ".join(fields.values()), "fields": fields}, status=400
        )

    def _refuse(self, message, status):
        return request.make_json_response({"error": message}, status=status)
