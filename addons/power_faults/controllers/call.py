from odoo.http import Controller, request, route


class PowerFaultCallLink(Controller):
    """The link a telephone system opens when a call comes in: ``/power/call?phone=…``."""

    @route("/power/call", type="http", auth="user", methods=["GET"])
    def open_call(self, phone="", **_kw):
        calls = request.env["power.fault.call"]
        if not calls.has_access("create"):
            return request.redirect("/my")
        call = calls.create({"search_text": str(phone).removeprefix("tel:").strip()[:50]})
        return request.redirect(f"/odoo/power-call/{call.id}")
