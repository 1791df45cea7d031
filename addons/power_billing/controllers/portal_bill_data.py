import json

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class PowerBillDataPortal(CustomerPortal):
    """Why a bill changed, and the bill as data: for who may see the bill, nobody else."""

    def _get_own_power_bill(self, bill_id, access_token):
        """Return the bill when the visitor may see it.

        :raises NotFound: for anybody else's bill, as if there were none
        """
        try:
            bill = self._document_check_access("power.bill", bill_id, access_token)
        except (AccessError, MissingError):
            raise request.not_found() from None
        if bill.state not in ("posted", "cancelled"):
            raise request.not_found()
        return bill

    @http.route("/my/power/bills/<int:bill_id>/why", type="http", auth="public", website=True)
    def portal_my_power_bill_why(self, bill_id, access_token=None, against=None, **kw):
        bill = self._get_own_power_bill(bill_id, access_token)
        choices = self._get_why_choices(bill)
        chosen = [c["bill"] for c in choices if str(c["bill"].id) == against]
        if against and not chosen:
            raise request.not_found()
        other = (chosen or [c["bill"] for c in choices] or [bill.browse()])[0]
        return request.render(
            "power_billing.portal_my_bill_why",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "power_bill_why",
                "bill": bill,
                "other": other,
                "change": other and bill._get_change(other),
                "choices": choices,
            },
        )

    def _get_why_choices(self, bill):
        """Return the earlier bills of the payer to compare with, the one before first."""
        bills = bill.sudo()
        before, year = bills._get_previous_bill(), bills._get_year_ago_bill()
        choices = [
            {"label": request.env._("The bill before"), "bill": before},
            {"label": request.env._("Same month last year"), "bill": year},
        ]
        if before == year:
            choices.pop()
        return [choice for choice in choices if choice["bill"].determinants]

    @http.route("/my/power/bills/<int:bill_id>/data", type="http", auth="public", readonly=True)
    def portal_my_power_bill_data(self, bill_id, access_token=None, **kw):
        bill = self._get_own_power_bill(bill_id, access_token)
        try:
            document = bill._get_export_document()
        except UserError:
            raise request.not_found() from None
        name = f"{bill._get_report_base_filename()}.json"
        return request.make_response(
            json.dumps(document, ensure_ascii=False, indent=1),
            [
                ("Content-Type", "application/json; charset=utf-8"),
                ("Content-Disposition", http.content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
