from markupsafe import Markup

from odoo import api, fields, models

_BOOK_READERS = (
    "power_crm.group_finance,power_crm.group_analyst,"
    "power_crm.group_account_manager,power_crm.group_manager"
)


class ContractContract(models.Model):
    """The books of a contract: its analytic account, its income, its costs."""

    _inherit = "contract.contract"

    power_analytic_account_id = fields.Many2one(
        "account.analytic.account",
        string="Analytic account",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        groups="base.group_user",
        help="Income, technicians' time and parts of this contract.",
    )
    power_deferred_amount = fields.Monetary(
        string="Deferred income",
        compute="_compute_power_deferred_amount",
        currency_field="power_book_currency_id",
        groups=_BOOK_READERS,
    )
    power_margin = fields.Monetary(
        string="Margin",
        compute="_compute_power_margin",
        currency_field="power_book_currency_id",
        groups=_BOOK_READERS,
        help="Income earned less technicians' time, parts and other costs.",
    )
    power_book_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the books"
    )

    def _compute_power_deferred_amount(self):
        balances = self.env["power.contract.deferral"]._get_balances(self)
        for contract in self:
            contract.power_deferred_amount = balances[contract.id]

    def _compute_power_margin(self):
        groups = (
            self.env["power.contract.margin"]
            .sudo()
            ._read_group([("contract_id", "in", self.ids)], ["contract_id"], ["margin:sum"])
        )
        margins = {contract.id: margin for contract, margin in groups}
        for contract in self:
            contract.power_margin = margins.get(contract.id, 0.0)

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        if target == "open":
            self.filtered("is_power_service")._open_analytic_account()
        return result

    def _open_analytic_account(self):
        """Every contract in force has an analytic account of its own."""
        plan = self.env.ref("power_contracts.analytic_plan_contracts")
        for contract in self.filtered(lambda item: not item.power_analytic_account_id):
            contract.power_analytic_account_id = (
                self.env["account.analytic.account"]
                .sudo()
                .create(contract._prepare_analytic_account_vals(plan))
            )

    def _prepare_analytic_account_vals(self, plan):
        """Hook: the analytic account of a contract."""
        self.ensure_one()
        return {
            "name": self.name,
            "code": self.code,
            "plan_id": plan.id,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
        }

    def _add_power_analytic(self, distribution):
        """Return the distribution with the contract's own account beside what it has."""
        self.ensure_one()
        account = str(self.sudo().power_analytic_account_id.id or "")
        if not account or any(account in key.split(",") for key in distribution or {}):
            return distribution
        if not distribution:
            return {account: 100}
        return {f"{key},{account}": share for key, share in distribution.items()}

    def _charge(self, vals_list):
        """Enter costs (negative amounts) on the analytic account of the contract."""
        self.ensure_one()
        account = self.sudo().power_analytic_account_id
        if not account:
            return self.env["account.analytic.line"]
        column = account.plan_id._column_name()
        return (
            self.env["account.analytic.line"]
            .sudo()
            .create(
                [
                    {
                        column: account.id,
                        "partner_id": self.partner_id.id,
                        "company_id": self.company_id.id,
                        **vals,
                    }
                    for vals in vals_list
                ]
            )
        )

    @api.model
    def _get_analytic_column(self):
        """Name of the column of analytic items that bears the contracts' plan."""
        return self.env.ref("power_contracts.analytic_plan_contracts").sudo()._column_name()

    # === INVOICING === #

    def _add_contract_origin(self, invoices):
        services = self.filtered("is_power_service")
        own = invoices.filtered(lambda move: move._get_power_contracts() & services)
        own._log_power_origin()
        return super(ContractContract, self - services)._add_contract_origin(invoices - own)

    def _get_power_origin_note(self):
        links = [item._get_html_link(title=item.display_name) for item in self]
        return Markup("%s") % self.env._(
            "Invoice by contract %(contracts)s.", contracts=Markup(", ").join(links)
        )

    def _open_finance(self, xmlid):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(xmlid),
            "domain": [("contract_id", "=", self.id)],
            "context": {},
        }

    def action_open_deferrals(self):
        return self._open_finance("power_contracts.power_contract_deferral_action")

    def action_open_margin(self):
        return self._open_finance("power_contracts.power_contract_margin_action")
