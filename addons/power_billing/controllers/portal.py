from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.account_payment.controllers.portal import PortalAccount
from odoo.addons.portal.controllers.portal import pager as portal_pager

_MAX_SEARCH = 100


class PowerBillPortal(PortalAccount):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "power_bill_count" in counters:
            bills = request.env["power.bill"]
            values["power_bill_count"] = (
                bills.search_count(self._get_power_bills_domain(), limit=1)
                if bills.has_access("read")
                else 0
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
        return {
            "all": {"input": "all", "label": request.env._("Search in all")},
            "name": {"input": "name", "label": request.env._("Search in bill number")},
            "point": {"input": "point", "label": request.env._("Search in supply point")},
        }

    def _get_power_bill_search_domain(self, search_in, search):
        domains = {
            "name": Domain("name", "ilike", search) | Domain("payment_reference", "ilike", search),
            # The point is looked up past its own rules: the bill is what the payer may see.
            "point": Domain("supply_point_id.number", "ilike", search),
        }
        return domains.get(search_in) or Domain.OR(domains.values())

    @http.route(
        ["/my/power/bills", "/my/power/bills/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_power_bills(
        self, page=1, sortby=None, filterby=None, search=None, search_in="all", point=None, **kw
    ):
        sortings = self._get_power_bill_sortings()
        filters = self._get_power_bill_filters()
        inputs = self._get_power_bill_inputs()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        search_in = search_in if search_in in inputs else "all"
        search = (search or "").strip()[:_MAX_SEARCH]
        point = point if (point or "").isdecimal() else None
        domain = self._get_power_bills_domain() & filters[filterby]["domain"]
        if search:
            domain &= self._get_power_bill_search_domain(search_in, search)
        if point:
            domain &= Domain("supply_point_id", "=", int(point))
        model = request.env["power.bill"]
        allowed = model.has_access("read")
        pager = portal_pager(
            url="/my/power/bills",
            url_args={
                "sortby": sortby,
                "filterby": filterby,
                "search_in": search_in,
                "search": search,
                "point": point,
            },
            total=model.search_count(domain) if allowed else 0,
            page=page,
            step=self._items_per_page,
        )
        bills = model
        if allowed:
            bills = model.search(
                domain,
                order=sortings[sortby]["order"],
                limit=self._items_per_page,
                offset=pager["offset"],
            )
        request.session["my_power_bills_history"] = bills.ids[:100]
        return request.render(
            "power_billing.portal_my_bills",
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_power_bills_values(),
                "bills": bills,
                "page_name": "power_bills",
                "pager": pager,
                "default_url": "/my/power/bills",
                "searchbar_sortings": sortings,
                "sortby": sortby,
                "searchbar_filters": filters,
                "filterby": filterby,
                "searchbar_inputs": inputs,
                "search_in": search_in,
                "search": search,
            },
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
