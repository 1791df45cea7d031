from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.power_crm.controllers.portal import PowerPortal


class PowerFaultPortal(PowerPortal):
    """My electricity: the customer's own faults, from the report to power proven back."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "power_fault_count" in counters:
            values["power_fault_count"] = self._count_power(
                "power.fault", self._get_power_faults_domain()
            )
        return values

    def _get_power_faults_domain(self):
        """Hook: the visitor's own faults."""
        return Domain("partner_id", "child_of", self._get_power_customer().ids)

    @route(
        ["/my/power/faults", "/my/power/faults/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def power_faults(self, page=1, filterby=None, **_kw):
        values = self._prepare_power_list(
            "power.fault",
            self._get_power_faults_domain(),
            "/my/power/faults",
            "power_faults",
            page,
            order="date_reported desc, id desc",
            filters=self._get_power_fault_filters(),
            filterby=filterby,
        )
        return request.render(
            "power_faults.portal_my_faults", {**values, "faults": values["records"].sudo()}
        )

    def _get_power_fault_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {
                "label": request.env._("Open"),
                "domain": Domain("state", "not in", request.env["power.fault"]._FINAL_STATES),
            },
        }

    @route(
        "/my/power/faults/<int:fault_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def power_fault(self, fault_id, access_token=None, wrong_code=None, **kw):
        try:
            fault = self._document_check_access("power.fault", fault_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        return request.render(
            "power_faults.portal_my_fault",
            self._prepare_power_fault_values(fault, access_token, bool(wrong_code), **kw),
        )

    def _prepare_power_fault_values(self, fault, access_token, wrong_code=False, **kw):
        """Values of the page of a fault.

        :param fault: the fault, as superuser; access was checked before
        """
        own = self._is_own_power_fault(fault)
        values = {
            "page_name": "power_fault",
            "fault": fault,
            # Who only holds the link sees what it reported, not whose supply point it is.
            "is_own": own,
            "outage": fault.outage_id
            or fault._find_covering_outage(fault.supply_point_id, fault.node_id),
            "proof": fault._get_open_proof(),
            "steps": self._get_power_fault_steps(fault),
            "token": access_token or fault.access_token,
            "wrong_code": wrong_code,
            "hotline": fault.company_id.power_fault_hotline,
            "calls": request.env["power.fault"]
            ._fields["state"]
            ._description_selection(request.env),
        }
        return self._get_page_view_values(
            fault, access_token, values, "my_power_faults_history", False, **kw
        )

    def _is_own_power_fault(self, fault):
        if request.env.user._is_public():
            return False
        own = self._get_power_faults_domain() & Domain("id", "=", fault.id)
        return bool(self._count_power(fault._name, own))

    def _get_power_fault_steps(self, fault):
        """Return the way of the fault as (label, instant or nothing) in order."""
        labels = dict(fault._fields["state"]._description_selection(request.env))
        steps = [
            (labels["reported"], fault.date_reported),
            (labels["accepted"], fault.date_accepted),
            (request.env._("Crew on its way"), fault.date_taken or fault.date_dispatched),
            (request.env._("Crew on site"), fault.date_arrived),
            (request.env._("Power back"), fault.date_restored),
            (labels["closed"], fault.date_closed),
        ]
        if fault.state in ("cancelled", "transferred"):
            return [step for step in steps[:-1] if step[1]] + [
                (labels[fault.state], fault.date_closed)
            ]
        return steps
