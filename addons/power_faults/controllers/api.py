import contextlib
import json

from odoo.exceptions import ValidationError
from odoo.http import Controller, route

from odoo.addons.power_crm.controllers.sender_api import SENDER_ROUTE, Refusal, SenderApi


class PowerFaultApi(SenderApi, Controller):
    """Faults and meter signals from other systems.

    Header ``Authorization: Bearer <token>``; ``Idempotency-Key`` makes a report that is sent again
    get the same answer.

    * ``POST /power/api/faults``: ``{"supply_point": "0510…", "symptom": "no_power", "danger":
      false, "phone": "139 1234 5678", "contact_name": …, "address": …, "device_label": …,
      "latitude": …, "longitude": …, "description": …, "minutes_ago": 10}``. Answer 201 (taken) or
      200 (known) with ``fault``, ``outcome``, ``state``, ``priority``, ``outage``,
      ``expected_back``; 400, 401, 409, 413 with ``error``, and ``fields`` where one is wrong.
    * ``POST /power/api/faults/outage``: ``{"supply_point": "0510…"}``, or the place told as in a
      report. Answer 200 with ``outage``, ``kind``, ``since``, ``expected_back``, all null where no
      outage explains it; nothing is kept.
    * ``POST /power/api/faults/signals``: ``{"supply_point": "0510…", "power": true}``. Answer 200
      with ``faults``, the numbers of the faults the signal proves or reopens.
    """

    _sender_model = "power.fault.channel"

    @route("/power/api/faults", **SENDER_ROUTE)
    def take_fault(self, **_kw):
        return self._serve(self._take_fault)

    def _take_fault(self, channel, item):
        self._check_object(item)
        with self._fields_refused():
            return channel.env["power.fault"]._take_item(channel, item, self._get_idempotency_key())

    @route("/power/api/faults/outage", **SENDER_ROUTE)
    def take_question(self, **_kw):
        return self._serve(self._take_question)

    def _take_question(self, channel, item):
        self._check_object(item)
        with self._fields_refused():
            return channel.env["power.fault"]._take_question(channel, item)

    @route("/power/api/faults/signals", **SENDER_ROUTE)
    def take_signal(self, **_kw):
        return self._serve(self._take_signal)

    def _take_signal(self, channel, item):
        self._check_object(item)
        if not isinstance(item.get("power"), bool):
            raise Refusal("“power” must be true or false.")
        faults = channel.env["power.fault"]
        point = faults._find_point(item.get("supply_point"))
        if not point:
            raise Refusal("No supply point has this number.")
        return {"faults": faults._take_signal(point, item["power"]).mapped("name")}, 200

    def _find_sender(self):
        channel = super()._find_sender()
        # Other systems do not follow what they report.
        return channel.with_context(
            tz=channel.company_id.power_tz,
            mail_create_nosubscribe=True,
            mail_create_nolog=True,
        )

    @contextlib.contextmanager
    def _fields_refused(self):
        """Tell the sender of each field what is wrong with it."""
        try:
            yield
        except ValidationError as error:
            fields = json.loads(str(error))
            raise Refusal(" ".join(fields.values()), fields=fields) from None

    def _check_object(self, item):
        if not isinstance(item, dict):
            raise Refusal("The body must be one JSON object.")
