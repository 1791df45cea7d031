from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

_LONG_UNPAID_DAYS = 30
_ISSUES = [
    ("missed", "Visits missed"),
    ("not_invoiced", "Invoicing failed"),
    ("long_unpaid", "Invoices more than 30 days overdue"),
    ("defect_late", "Defects not put right in time"),
    ("unpaid", "Invoices overdue"),
    ("visit_late", "Visits late"),
    ("defect", "Defects open"),
    ("test_overdue", "Tests overdue"),
    ("request_late", "A request waits too long for its answer"),
    ("ending", "Ends soon and is not renewed"),
]
_BAD = ("missed", "not_invoiced", "long_unpaid", "defect_late")


class ContractContract(models.Model):
    """How a contract stands: what is wrong with it, worst first, as found when it is looked at.

    Lists, filters and forms read the same domains, one for each thing that may be wrong.
    """

    _inherit = "contract.contract"

    health = fields.Selection(
        [("good", "Good"), ("watch", "To be watched"), ("bad", "Bad")],
        compute="_compute_health",
        search="_search_health",
    )
    health_issue = fields.Selection(
        _ISSUES,
        string="Worst issue",
        compute="_compute_health",
        search="_search_health_issue",
        help="Searched, it finds contracts that have the issue, be it their worst or not.",
    )
    health_note = fields.Char(string="Why", compute="_compute_health")

    def _has_field_access(self, field, operation):
        # What the utility thinks of a contract is its own business.
        if field.name in ("health", "health_issue", "health_note") and self.env.user.share:
            return self.env.su
        return super()._has_field_access(field, operation)

    @api.depends_context("lang", "uid")
    def _compute_health(self):
        labels = dict(self._fields["health_issue"]._description_selection(self.env))
        issues = {contract.id: [] for contract in self._origin}
        for issue, domain in self._get_issue_domains().items():
            for found in self.sudo().search(domain & Domain("id", "in", self._origin.ids)):
                issues[found.id].append(issue)
        for contract in self:
            own = issues.get(contract._origin.id, [])
            contract.health_issue = own[0] if own else False
            contract.health_note = "; ".join(labels[issue] for issue in own)
            contract.health = contract._judge_health(own)

    def _judge_health(self, issues):
        """Hook: ``bad``, ``watch``, ``good``; nothing for what is not in force and owes nothing."""
        if issues:
            return "bad" if set(issues) & set(_BAD) else "watch"
        return "good" if self._filter_in_force() else False

    def _search_health(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = self._get_issue_domains()
        bad = Domain.OR(domain for issue, domain in domains.items() if issue in _BAD)
        some = Domain.OR(domains.values())
        running = Domain("is_power_service", "=", True) & Domain(
            "state", "in", self._STATES_IN_FORCE
        )
        levels = {"bad": bad, "watch": some & ~bad, "good": running & ~some}
        wanted = [levels[level] for level in value if level in levels]
        if False in value:
            wanted.append(~running & ~some)
        return Domain.OR(wanted)

    def _search_health_issue(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = self._get_issue_domains()
        wanted = [domains[issue] for issue in value if issue in domains]
        if False in value:
            wanted.append(~Domain.OR(domains.values()))
        return Domain.OR(wanted)

    # === WHAT MAY BE WRONG === #

    @api.model
    def _get_issue_domains(self):
        """Hook: {issue: domain of the contracts that have it}, the worst first."""
        today = self.env.company._get_power_today()
        services = Domain("is_power_service", "=", True)
        running = services & Domain("state", "in", self._STATES_IN_FORCE)
        long_ago = fields.Date.subtract(today, days=_LONG_UNPAID_DAYS)
        domains = {
            "missed": running & Domain("visit_ids", "any!", Domain("state", "=", "missed")),
            "not_invoiced": services & Domain("invoice_generation_error", "!=", False),
            "long_unpaid": services & self._get_unpaid_domain(long_ago),
            "defect_late": running & self._get_defects_domain([("deadline", "<", today)]),
            "unpaid": services & self._get_unpaid_domain(today),
            "visit_late": running & Domain("visit_ids", "any!", self._get_late_domain(today)),
            "defect": running & self._get_defects_domain([]),
            "test_overdue": running
            & self._get_covered_domain(
                Domain("state", "=", "in_use") & Domain("next_test_date", "<", today)
            ),
            "request_late": running
            & Domain(
                "request_ids", "any!", Domain("state", "=", "open") & Domain("deadline", "<", today)
            ),
            "ending": running & self._get_ending_domain(today),
        }
        # What is bad enough need not be said twice.
        domains["unpaid"] &= ~domains["long_unpaid"]
        domains["defect"] &= ~domains["defect_late"]
        return domains

    @api.model
    def _get_late_domain(self, today):
        return Domain("state", "=", "planned") & Domain("deadline", "<", today)

    @api.model
    def _get_unpaid_domain(self, day):
        """Contracts with an invoice that was due before ``day`` and is not paid."""
        items = (
            self.env["account.move.line"]
            .sudo()
            ._search(
                Domain("contract_line_id", "!=", False)
                & Domain("parent_state", "=", "posted")
                & Domain("move_id.move_type", "=", "out_invoice")
                & Domain("move_id.payment_state", "in", ("not_paid", "partial"))
                & Domain("move_id.invoice_date_due", "<", day)
            )
        )
        lines = items.subselect(SQL.identifier(items.table, "contract_line_id"))
        return Domain("contract_line_ids", "any!", Domain("id", "in", lines))

    @api.model
    def _get_defects_domain(self, domain):
        """Contracts that cover equipment with a defect not put right yet, or found it."""
        defects = Domain("state", "in", ("found", "noticed")) & Domain(domain)
        return self._get_covered_domain(Domain("defect_ids", "any!", defects)) | Domain(
            "visit_ids", "any!", Domain("defect_ids", "any!", defects)
        )

    @api.model
    def _get_covered_domain(self, domain):
        """Contracts that cover equipment of a domain: named, or at a supply point covered whole."""
        return Domain("equipment_ids", "any!", domain) | (
            Domain("equipment_ids", "=", False)
            & Domain("supply_point_ids", "any!", Domain("equipment_ids", "any!", domain))
        )

    @api.model
    def _get_ending_domain(self, today):
        """Contracts whose end is as near as their notice, and nobody has said that they go on."""
        near = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s - %s <= %s",
                model._field_to_sql(alias, "term_end", query),
                model._field_to_sql(alias, "notice_days", query),
                today,
            )
        )
        going_on = Domain("renewal", "=", "auto") & Domain("renewal_state", "!=", "declined")
        ends = Domain("term_end", "!=", False) & Domain("coming_change", "!=", "terminate")
        return ends & near & ~going_on
