import binascii

from odoo import fields
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.contract.controllers.main import PortalContract
from odoo.addons.portal.controllers.portal import CustomerPortal

_SHOWN_VISITS = 24
_MAX_TEXT = 200
_MAX_WISH = 2000
_MAX_SIGNATURE = 2_000_000


class PowerContractPortal(PortalContract):
    """My contracts: what is covered, visits and their reports, renewal."""

    def _contract_get_page_view_values(self, contract, access_token, **kwargs):
        visits = contract.visit_ids.filtered(lambda visit: visit.state != "cancelled")
        covered = contract._get_covered()
        return {
            **super()._contract_get_page_view_values(contract, access_token, **kwargs),
            "covered": covered if contract.is_power_service else None,
            "next_visit": contract._get_next_visit(),
            "calls_left": {
                line.id: line._get_calls_left(contract.company_id._get_power_today())
                for line in contract.contract_line_ids
                if line.calls_included and contract.state == "open"
            },
            "visits": visits.sorted("date_planned", reverse=True)[:_SHOWN_VISITS],
            "contract_defects": visits.defect_ids | covered.defect_ids,
            "contract_advice": visits.filtered(
                lambda visit: visit.state == "done" and visit.recommendation
            ).sorted("date_done", reverse=True),
            "contract_invoices": contract._get_related_invoices().filtered(
                lambda move: move.state == "posted"
            ),
            "contract_message": kwargs.get("said"),
            "contract_requests": contract.request_ids,
        }

    @route("/my/contracts/<int:contract_id>/renewal", type="jsonrpc", auth="user", website=True)
    def power_contract_renewal(self, contract_id, access_token=None, name=None, signature=None):
        """Accept the renewal on offer with a signature; answers like a quotation's acceptance."""
        try:
            contract = self._document_check_access("contract.contract", contract_id)
        except (AccessError, MissingError):
            return {"error": request.env._("This contract is not yours.")}
        name = (name or "").strip()[:_MAX_TEXT]
        if not name or not signature or len(signature) > _MAX_SIGNATURE:
            return {"error": request.env._("Sign with your name, please.")}
        try:
            contract._accept_renewal(name, signature)
            request.env.cr.flush()
        except UserError as error:
            return {"error": str(error)}
        except (TypeError, binascii.Error):
            return {"error": request.env._("The signature cannot be read. Sign again, please.")}
        contract.message_post(
            body=request.env._("Renewal accepted and signed by %(name)s.", name=name),
            author_id=request.env.user.partner_id.id,
        )
        return {"force_refresh": True, "redirect_url": f"/my/contracts/{contract.id}?said=renewed"}

    @route(
        "/my/contracts/<int:contract_id>/decline",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def power_contract_decline(self, contract_id, reason="", **_kw):
        try:
            contract = self._document_check_access("contract.contract", contract_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if contract.renewal_state == "offered":
            contract.action_decline_renewal(reason.strip()[:_MAX_WISH])
        return request.redirect(f"/my/contracts/{contract.id}?said=declined")

    @route(
        "/my/contracts/<int:contract_id>/request",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def power_contract_request(self, contract_id, kind="", text="", day="", **_kw):
        """Ask to change or to end the contract."""
        try:
            contract = self._document_check_access("contract.contract", contract_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        said = "asked"
        try:
            contract._ask_request(
                "end" if kind == "end" else "change",
                text.strip()[:_MAX_WISH] or request.env._("No words given."),
                day=fields.Date.to_date(day[:10]) if day else None,
                partner=request.env.user.partner_id,
            )
        except (UserError, ValueError):
            said = "not_asked"
        return request.redirect(f"/my/contracts/{contract.id}?said={said}#requests")

    @route(
        "/my/power/contract_requests/<int:request_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def power_contract_request_withdraw(self, request_id, **_kw):
        try:
            wish = self._document_check_access("power.contract.request", request_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if wish.state == "open":
            wish._set_state("withdrawn")
        return request.redirect(f"/my/contracts/{wish.contract_id.id}#requests")


class PowerVisitPortal(CustomerPortal):
    @route("/my/power/visits/<int:visit_id>", type="http", auth="user", website=True)
    def power_visit_report(self, visit_id, **_kw):
        """The report of a visit done, as PDF."""
        try:
            visit = self._document_check_access("power.contract.visit", visit_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if visit.state != "done":
            return request.redirect(f"/my/contracts/{visit.contract_id.id}")
        return self._show_report(visit, "pdf", "power_contracts.action_report_visit", download=True)

    @route(
        "/my/power/visits/<int:visit_id>/propose",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def power_visit_propose(self, visit_id, day="", note="", **_kw):
        try:
            visit = self._document_check_access("power.contract.visit", visit_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        said = "proposed"
        try:
            visit._propose(
                fields.Date.to_date(day[:10]),
                note.strip()[:_MAX_TEXT],
                partner=request.env.user.partner_id,
            )
        except (UserError, ValueError, TypeError):
            said = "refused"
        return request.redirect(f"/my/contracts/{visit.contract_id.id}?said={said}#visits")

    @route("/my/power/equipment/<int:equipment_id>", type="http", auth="user", website=True)
    def power_equipment(self, equipment_id, **_kw):
        try:
            equipment = self._document_check_access("power.equipment", equipment_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        return request.render(
            "power_contracts.portal_equipment",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "power_equipment",
                "equipment": equipment,
                "tests": equipment.test_ids.filtered(lambda test: test.outcome == "taken"),
            },
        )

    @route(
        "/my/power/defects/<int:defect_id>/quote",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def power_defect_quote(self, defect_id, **_kw):
        """Ask what it costs to put a defect right; once."""
        defect = (
            request.env["power.defect"]
            .sudo()
            .search(
                [
                    ("id", "=", defect_id),
                    ("partner_id", "child_of", request.env.user.commercial_partner_id.id),
                    ("equipment_id", "!=", False),
                    ("state", "in", ("found", "noticed")),
                ]
            )
        )
        if not defect:
            return request.redirect("/my")
        if not defect.quote_count:
            defect._draft_quote()
        return request.redirect(f"/my/power/equipment/{defect.equipment_id.id}#defects")

    @route("/power/equipment/<int:equipment_id>", type="http", auth="user", website=True)
    def power_equipment_label(self, equipment_id, **_kw):
        """Where the QR label leads: staff to the record, customers to their page of it."""
        target = "/my/power/equipment/" if request.env.user.share else "/odoo/power-equipment/"
        return request.redirect(f"{target}{equipment_id}")
