import json

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.http import request

SENDER_ROUTE = {
    "type": "http",
    "auth": "none",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    "readonly": False,
}


class Refusal(Exception):
    """A call is refused: what the sender is told, and with which HTTP status."""

    def __init__(self, message, status=400, **details):
        super().__init__(message)
        self.answer = {"error": message, **details}
        self.status = status


class SenderApi:
    """Frame of the addresses that other systems call with ``Authorization: Bearer <token>``.

    Stands before ``Controller`` among the parents of a controller; its addresses are made with
    ``@route(..., **SENDER_ROUTE)`` and answer with :meth:`_serve`. Every answer is JSON; what is
    refused carries ``error`` and leaves nothing behind.
    """

    _sender_model = ""
    _max_bytes = 256 * 1024

    def _serve(self, take):
        """Answer a call.

        :param take: function of the sender's record and the body as plain data that returns the
            answer as plain data and its HTTP status; raises :class:`Refusal`, or ``UserError``
            for what contradicts the records (409)
        """
        try:
            sender = self._find_sender()
            answer, status = take(sender, self._read_body())
        except Refusal as refusal:
            request.env.cr.rollback()
            answer, status = refusal.answer, refusal.status
        except UserError as error:
            request.env.cr.rollback()
            answer, status = {"error": str(error)}, 409
        return request.make_json_response(answer, status=status)

    def _find_sender(self):
        """Return the sender's record, working in its company.

        :raises Refusal: when the token belongs to none
        """
        request.update_env(user=SUPERUSER_ID)
        sender = request.env[self._sender_model]._find_by_header(
            request.httprequest.headers.get("Authorization")
        )
        if not sender:
            raise Refusal("The token is missing or not known.", 401)
        return sender.with_company(sender.company_id).with_context(
            allowed_company_ids=sender.company_id.ids, lang="en_US"
        )

    def _read_body(self):
        """Return the body as plain data.

        :raises Refusal: when it is too large or no JSON
        """
        if (request.httprequest.content_length or 0) > self._max_bytes:
            raise Refusal(f"The body is larger than {self._max_bytes} bytes.", 413)
        try:
            return json.loads(request.httprequest.get_data())
        except (ValueError, RecursionError):
            raise Refusal("The body is no JSON.") from None

    def _get_idempotency_key(self):
        return (request.httprequest.headers.get("Idempotency-Key") or "").strip()[:200]
