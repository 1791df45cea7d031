from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request

from .portal import PowerBillPortal
from .portal_money import PowerMoneyPortal

_PREFIX = "statement-"


class PowerStatementPortal(PowerBillPortal):
    """Statements over many supply points: the payer's own."""

    def _get_power_statements_domain(self):
        partner = request.env.user.partner_id.commercial_partner_id
        return Domain("partner_id", "child_of", partner.ids) & Domain("state", "!=", "void")

    def _prepare_power_bills_values(self):
        has_statements = self._count_power(
            "power.bill.statement", self._get_power_statements_domain()
        )
        return {**super()._prepare_power_bills_values(), "has_statements": bool(has_statements)}

    def _get_power_statement_filters(self):
        is_open = Domain("state", "=", "open")
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {"label": request.env._("To pay"), "domain": is_open},
            "overdue": {
                "label": request.env._("Overdue"),
                "domain": is_open & Domain("date_due", "<", "today"),
            },
            "paid": {"label": request.env._("Paid"), "domain": Domain("state", "=", "paid")},
        }

    @http.route(
        ["/my/power/statements", "/my/power/statements/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_power_statements(self, page=1, filterby=None, **kw):
        values = self._prepare_power_list(
            "power.bill.statement",
            self._get_power_statements_domain(),
            "/my/power/statements",
            "power_statements",
            page,
            filters=self._get_power_statement_filters(),
            filterby=filterby,
        )
        return request.render(
            "power_billing.portal_my_statements", {**values, "statements": values["records"]}
        )

    @http.route("/my/power/statements/<int:statement_id>", type="http", auth="public", website=True)
    def portal_my_power_statement(
        self, statement_id, access_token=None, report_type=None, download=False, **kw
    ):
        try:
            statement = self._document_check_access(
                "power.bill.statement", statement_id, access_token
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        if report_type in ("html", "pdf", "text"):
            return self._show_report(
                model=statement,
                report_type=report_type,
                report_ref="power_billing.action_report_statement",
                download=download,
            )
        values = self._get_page_view_values(
            statement,
            access_token,
            {
                "page_name": "power_statement",
                "statement": statement,
                "payable": bool(statement._get_payable_moves()),
            },
            "my_power_statements_history",
            False,
            **kw,
        )
        return request.render("power_billing.portal_my_statement", values)


class PowerStatementPayment(PowerMoneyPortal):
    """Paying all that is open of a statement at once."""

    def _get_power_pay_request(self, **kw):
        statement = self._get_power_own_statement(kw.get("statement"))
        if not statement:
            return super()._get_power_pay_request(**kw)
        moves = self._get_power_key_moves(f"{_PREFIX}{statement.id}")
        return [str(move.id) for move in moves], f"{_PREFIX}{statement.id}"

    def _get_power_own_statement(self, statement_id):
        """Return the visitor's own statement of an id from the address (sudo), or none."""
        partner, company = self._get_power_payer()
        model = request.env["power.bill.statement"].sudo()
        if not (statement_id or "").isdecimal():
            return model
        return model.search(
            Domain("id", "=", int(statement_id))
            & Domain("partner_id", "child_of", partner.ids)
            & Domain("company_id", "=", company.id)
        )

    def _get_power_key_moves(self, key):
        if not key.startswith(_PREFIX):
            return super()._get_power_key_moves(key)
        return self._get_power_own_statement(key.removeprefix(_PREFIX))._get_payable_moves()

    def _prepare_power_pay_values(self, **kw):
        return {
            **super()._prepare_power_pay_values(**kw),
            "statement": self._get_power_own_statement(kw.get("statement")),
        }
