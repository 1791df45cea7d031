from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.account_payment.controllers.portal import PortalAccount
from odoo.addons.power_crm.controllers.portal_list import PowerListing


class PowerBillPortal(PowerListing, PortalAccount):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "power_bill_count" in counters:
            values["power_bill_count"] = self._count_power(
                "power.bill", self._get_power_bills_domain()
            )
        return values

    def _get_power_bills_domain(self):
        """Return the domain of the visitor's own bills (the record rule says the same)."""
        partner = request.env.user.partner_id.commercial_partner_id
        return Domain("state", "=", "posted") & Domain("partner_id", "child_of", partner.ids)

    def _get_power_bill_filters(self):
        is_open = Domain("amount_residual", ">", 0)
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {"label": request.env._("To pay"), "domain": is_open},
            "overdue": {
                "label": request.env._("Overdue"),
                "domain": is_open & Domain("invoice_date_due", "<", "today"),
            },
            "paid": {"label": request.env._("Paid"), "domain": Domain("amount_residual", "=", 0)},
        }

    def _get_power_bill_sortings(self):
        return {
            "date": {"label": request.env._("Newest"), "order": "period_from desc, id desc"},
            "amount": {"label": request.env._("Amount"), "order": "amount_total desc, id desc"},
            "kwh": {"label": request.env._("kWh"), "order": "kwh desc, id desc"},
            "point": {"label": request.env._("Supply point"), "order": "supply_point_id, id desc"},
        }

    def _get_power_bill_inputs(self):
        """Return what can be searched in; ``domain`` makes a domain of the words."""

        def in_name(words):
            return Domain("name", "ilike", words) | Domain("payment_reference", "ilike", words)

        def in_point(words):
            # The point is looked up past its own rules: the bill is what the payer may see.
            return Domain("supply_point_id.number", "ilike", words)

        labels = {
            "all": (
                request.env._("Search in all"),
                lambda words: in_name(words) | in_point(words),
            ),
            "name": (request.env._("Search in bill number"), in_name),
            "point": (request.env._("Search in supply point"), in_point),
        }
        return {
            key: {"input": key, "label": label, "domain": domain}
            for key, (label, domain) in labels.items()
        }

    @http.route(
        ["/my/power/bills", "/my/power/bills/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_power_bills(
        self, page=1, sortby=None, filterby=None, search=None, search_in="all", point=None, **kw
    ):
        domain = self._get_power_bills_domain()
        point = point if (point or "").isdecimal() else None
        if point:
            domain &= Domain("supply_point_id", "=", int(point))
        values = self._prepare_power_list(
            "power.bill",
            domain,
            "/my/power/bills",
            "power_bills",
            page,
            sortings=self._get_power_bill_sortings(),
            filters=self._get_power_bill_filters(),
            inputs=self._get_power_bill_inputs(),
            sortby=sortby,
            filterby=filterby,
            search=search,
            search_in=search_in,
            point=point,
        )
        return request.render(
            "power_billing.portal_my_bills",
            {**values, **self._prepare_power_bills_values(), "bills": values["records"]},
        )

    def _prepare_power_bills_values(self):
        """Hook: what else the list of bills shows."""
        return {}

    @http.route("/my/power/bills/<int:bill_id>", type="http", auth="public", website=True)
    def portal_my_power_bill(
        self, bill_id, access_token=None, report_type=None, download=False, payment=False, **kw
    ):
        try:
            bill = self._document_check_access("power.bill", bill_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if bill.state not in ("posted", "cancelled"):
            return request.redirect("/my")
        if report_type in ("html", "pdf", "text"):
            return self._show_report(
                model=bill,
                report_type=report_type,
                report_ref="power_billing.action_report_bill",
                download=download,
            )
        return request.render(
            "power_billing.portal_my_bill",
            self._prepare_power_bill_values(bill, access_token, payment, **kw),
        )

    def _prepare_power_bill_values(self, bill, access_token, payment, **kw):
        """Return the page's values, with those of Odoo's payment form when there is to pay."""
        values = {}
        invoice = bill.move_id
        if invoice:
            values = self._invoice_get_page_view_values(
                invoice, invoice._portal_ensure_token(), payment=payment
            )
            values["landing_route"] = bill.get_portal_url()
            # Under its own name the invoice would take over the breadcrumbs.
            values.pop("invoice", None)
            values.pop("token", None)
        payable = bool(invoice) and bill.state == "posted" and invoice._has_to_be_paid()
        page = self._get_page_view_values(
            bill,
            access_token,
            {
                "page_name": "power_bill",
                "bill": bill,
                "payable": payable,
                "bill_invoice": invoice,
            },
            "my_power_bills_history",
            False,
            **kw,
        )
        # The payment form checks the invoice's own token.
        return {**values, **page, "access_token": values.get("access_token")}
