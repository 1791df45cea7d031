import secrets

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import Controller, request, route

from ..models.power_fault import MAX_PHOTOS, SYMPTOMS
from .company import AskedCompany

_DANGER_TIMES = 3
_KEPT = (
    "symptom",
    "danger",
    "contact_name",
    "phone",
    "email",
    "point_id",
    "point_number",
    "address",
    "device_label",
    "latitude",
    "longitude",
    "description",
    "minutes_ago",
    "key",
    "company",
)


class PowerFaultPages(AskedCompany, Controller):
    """Reporting a fault with or without a login, and the answer whether power is back."""

    # === REPORTING === #

    @route("/power/fault", type="http", auth="public", website=True, methods=["GET"])
    def fault_form(self, **kw):
        return request.render("power_faults.fault_form", self._prepare_form_values(kw))

    @route("/power/fault", type="http", auth="public", website=True, methods=["POST"])
    def fault_submit(self, **post):
        if post.get("website"):
            # People do not see this field; whoever fills it in is a program.
            return request.redirect("/power/fault")
        vals, errors = self._read_form(post)
        known = self._find_known(post)
        if known:
            return self._show_fault(known)
        if errors:
            return self._show_form(post, errors)
        outage = self._find_outage(vals, post)
        if outage:
            return self._show_outage(outage, post)
        allowed = self._is_allowed(vals, post)
        if not allowed and vals["danger"]:
            # Never refused, but so many from one sender are looked at before they ring.
            vals["confirm_state"] = "desk"
        elif not allowed:
            return self._show_form(
                post,
                {
                    "": request.env._(
                        "Many reports came from here within the hour. Please call %s.",
                        self._get_asked_company(post.get("company")).power_fault_hotline,
                    )
                },
            )
        fault, outcome = (
            request.env["power.fault"]
            .sudo()
            .with_context(mail_create_nosubscribe=True)
            ._take_report(vals, key=self._get_key(post))
        )
        if outcome != "repeated":
            self._add_photos(fault)
        if outcome == "new" and fault.confirm_state == "waiting":
            fault._send_confirm_code()
        if outcome == "same_call" and not self._is_own(fault):
            return self._show_known(fault)
        return self._show_fault(fault)

    def _is_own(self, fault):
        customer = self._get_customer()
        return bool(customer) and fault.partner_id.commercial_partner_id == customer

    def _show_known(self, fault):
        """Say that the place was reported already, and nothing about who did."""
        return request.render(
            "power_faults.fault_known",
            {
                "page_name": "power_fault_new",
                "danger": fault.danger,
                "hotline": fault.company_id.power_fault_hotline,
            },
        )

    def _read_form(self, post):
        """Return the values of the fault and what is wrong with them."""
        faults = request.env["power.fault"].sudo()
        vals, errors = faults._clean_report(post)
        customer, staff = self._get_customer(), self._is_staff()
        point = self._find_own_point(post) or self._find_named_point(post)
        vals.update(
            {
                "company_id": (point.company_id or self._get_asked_company(post.get("company"))).id,
                "supply_point_id": point.id,
                "lang": request.env.lang,
                "channel": "portal" if customer else "onsite" if staff else "web",
                "confirm_state": "none" if customer or staff else "waiting",
            }
        )
        if customer:
            user = request.env.user.partner_id
            vals["partner_id"] = point.partner_id.id or customer.id
            vals.setdefault("contact_name", user.name)
            vals.setdefault("phone", user.phone)
        elif not staff and not vals.get("phone") and not vals.get("email"):
            errors.setdefault("phone", request.env._("Give a number under which we can reach you."))
        where = (vals.get("address"), vals.get("device_label"), vals.get("latitude"))
        number = "" if point else self._get_point_number(post)
        if number and any(where):
            note = request.env._("Supply point number given, not known: %s", number)
            vals["description"] = "\n".join(filter(None, (vals["description"], note)))
        elif number:
            errors["point_number"] = request.env._(
                "We know no supply point with this number. Look at a bill or at the meter, or "
                "write the address."
            )
        elif not point and not any(where):
            errors.setdefault("address", request.env._("Say where the power is missing."))
        return vals, errors

    def _get_customer(self):
        """Return the customer who is logged in, if any, as superuser."""
        if request.env.user._is_public() or self._is_staff():
            return request.env["res.partner"].sudo().browse()
        return request.env.user.partner_id.commercial_partner_id.sudo()

    def _is_staff(self):
        """Whoever works here and reports what it sees on the way is no customer."""
        return request.env.user._is_internal()

    def _find_own_point(self, post):
        """Return the supply point the visitor chose, if it is its own."""
        points = request.env["power.supply.point"].sudo()
        customer = self._get_customer()
        number = str(post.get("point_id") or "")
        if not (customer and number.isdecimal()):
            return points.browse()
        own = Domain("partner_id", "child_of", customer.ids) & Domain("id", "=", int(number))
        return points.search(own, limit=1)

    def _get_point_number(self, post):
        return str(post.get("point_number") or "").strip()[:50]

    def _find_named_point(self, post):
        company = self._get_asked_company(post.get("company"))
        faults = request.env["power.fault"].sudo().with_company(company)
        return faults._find_point(self._get_point_number(post))

    def _get_key(self, post):
        return f"page {str(post.get('key') or secrets.token_hex(8))[:64]}"

    def _find_known(self, post):
        """Return the fault that this page has made already: a second click, a page sent again."""
        return (
            request.env["power.fault"]
            .sudo()
            .search([("report_key", "=", self._get_key(post)), ("channel_id", "=", False)], limit=1)
        )

    def _find_outage(self, vals, post):
        """Return the outage that answers the report, unless a report is wanted nevertheless."""
        if post.get("separate") or vals["danger"]:
            return None
        faults = request.env["power.fault"].sudo()
        point = request.env["power.supply.point"].sudo().browse(vals["supply_point_id"] or ())
        company = request.env["res.company"].sudo().browse(vals["company_id"])
        node = point.node_id or faults._find_node(
            company, vals.get("device_label"), vals.get("latitude"), vals.get("longitude")
        )
        return faults._find_covering_outage(point, node)

    def _is_allowed(self, vals, post):
        """Count the report against the limits of its sender; those of danger are wider."""
        if self._get_customer() or self._is_staff():
            return True
        kind, times = ("danger ", _DANGER_TIMES) if vals["danger"] else ("", 1)
        company = self._get_asked_company(post.get("company"))
        hits = request.env["power.intake.hit"].sudo()
        address = request.httprequest.remote_addr
        contact = vals.get("phone") or vals.get("email")
        return hits._allow(
            f"{kind}address", address, company.power_fault_reports_address * times
        ) and hits._allow(f"{kind}contact", contact, company.power_fault_reports_phone * times)

    def _add_photos(self, fault):
        for upload in request.httprequest.files.getlist("photo")[:MAX_PHOTOS]:
            raw = upload.read()
            if not raw:
                continue
            try:
                fault._add_photo("photo_before_ids", upload.filename or "photo.jpg", raw)
            except UserError as error:
                # A photo that cannot be kept does not stop the report.
                fault._message_log(body=str(error))

    def _show_fault(self, fault):
        return request.redirect(fault.get_portal_url())

    def _show_form(self, post, errors):
        return request.render("power_faults.fault_form", self._prepare_form_values(post, errors))

    def _show_outage(self, outage, post):
        return request.render(
            "power_faults.fault_covered",
            {
                **self._prepare_form_values(post),
                "outage": outage,
                "kept": {name: post.get(name, "") for name in _KEPT},
            },
        )

    def _prepare_form_values(self, post, errors=None):
        customer = self._get_customer()
        points = request.env["power.supply.point"].sudo()
        company = self._get_asked_company(post.get("company"))
        return {
            "page_name": "power_fault_new",
            "symptoms": request.env["power.fault"]
            ._fields["symptom"]
            ._description_selection(request.env),
            "dangerous": [code for code, _label in SYMPTOMS if code in ("sparks", "fallen_wire")],
            "points": points.search(
                [("partner_id", "child_of", customer.ids), ("state", "!=", "closed")], limit=50
            )
            if customer
            else points,
            "customer": customer,
            "errors": errors or {},
            "values": {name: str(post.get(name) or "") for name in _KEPT},
            "key": str(post.get("key") or secrets.token_hex(16)),
            "hotline": company.power_fault_hotline,
            "since": self._get_since_choices(),
            "place_map": company._get_power_place_map(),
        }

    def _get_since_choices(self):
        return [
            (0, request.env._("just now")),
            (15, request.env._("15 minutes ago")),
            (60, request.env._("an hour ago")),
            (180, request.env._("three hours ago")),
            (720, request.env._("half a day ago")),
            (1440, request.env._("a day ago or more")),
        ]

    # === CONFIRMING THE REPORT === #

    @route(
        "/power/fault/<int:fault_id>/confirm",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def fault_confirm(self, fault_id, access_token="", code="", again="", **_kw):
        fault = request.env["power.fault"].sudo().browse(fault_id).exists()
        if not fault or not fault.access_token or fault.access_token != access_token:
            return request.redirect("/power/fault")
        if again:
            hits = request.env["power.intake.hit"].sudo()
            if fault.confirm_state == "waiting" and hits._allow("code", str(fault.id), 3):
                fault._send_confirm_code()
            return self._show_fault(fault)
        right = fault._confirm_report(str(code)[:10])
        url = fault.get_portal_url(query_string="" if right else "&wrong_code=1")
        return request.redirect(url)

    # === POWER BACK? === #

    @route("/power/restored/<string:token>", type="http", auth="public", website=True)
    def restored(self, token, answer="", note="", **_kw):
        """The question behind the link; only pressing a button answers it.

        Mail scanners open links: what they fetch must change nothing.
        """
        proof = request.env["power.fault.proof"].sudo()._find_by_token(token)
        if not proof:
            return request.render("power_faults.proof_page", {"proof": proof, "state": "unknown"})
        if request.httprequest.method == "POST":
            proof._take_answer(answer, note)
        state = "taken" if proof.answer else "open" if proof._is_open() else "over"
        fault = proof.fault_id
        rating = ""
        if proof.answer == "yes" and proof.kind == "customer":
            rating = fault.with_context(lang=request.env.lang)._rating_get_access_token()
        return request.render(
            "power_faults.proof_page",
            {
                "proof": proof,
                "fault": fault,
                "state": state,
                "rating": rating,
                "child": fault.child_ids[-1:] if proof.answer == "no" else fault.browse(),
                "hotline": fault.company_id.power_fault_hotline,
                "page_name": "power_proof",
            },
        )
