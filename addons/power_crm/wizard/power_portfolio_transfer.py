from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerPortfolioTransfer(models.TransientModel):
    """Moves areas and single customers from one account manager to another."""

    _name = "power.portfolio.transfer"
    _description = "Hand over a portfolio"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    from_user_id = fields.Many2one(
        "res.users", string="From", required=True, domain="[('share', '=', False)]"
    )
    to_user_id = fields.Many2one(
        "res.users",
        string="To",
        required=True,
        domain="[('share', '=', False)]",
        check_company=True,
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    reason = fields.Text(required=True)
    area_ids = fields.Many2many(
        "power.area",
        string="Areas",
        compute="_compute_portfolio",
        store=True,
        readonly=False,
        domain="[('manager_id', '=', from_user_id), ('company_id', '=', company_id)]",
        check_company=True,
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        compute="_compute_portfolio",
        store=True,
        readonly=False,
        domain="[('power_account_manager_id', '=', from_user_id)]",
        help="They get the new account manager as a dedicated one, wherever their supply points "
        "are.",
    )

    @api.depends("from_user_id", "company_id")
    def _compute_portfolio(self):
        for transfer in self:
            areas = self.env["power.area"].search(
                [
                    ("manager_id", "=", transfer.from_user_id.id),
                    ("company_id", "=", transfer.company_id.id),
                ]
            )
            partners = self.env["res.partner"].search(
                [("power_dedicated_manager_id", "=", transfer.from_user_id.id)]
            )
            transfer.area_ids = areas if transfer.from_user_id else False
            transfer.partner_ids = partners if transfer.from_user_id else False

    def action_transfer(self):
        """Hand over what is listed, with one history line an area and a customer."""
        self.ensure_one()
        self._check_transfer()
        noted = {
            "power_transfer_date": self.date,
            "power_transfer_reason": self.reason,
        }
        self.area_ids.with_context(**noted).manager_id = self.to_user_id
        self.partner_ids.with_context(**noted).power_dedicated_manager_id = self.to_user_id
        return {"type": "ir.actions.act_window_close"}

    def _check_transfer(self):
        if self.from_user_id == self.to_user_id:
            raise UserError(self.env._("Choose another account manager to hand over to."))
        if not self.area_ids and not self.partner_ids:
            raise UserError(
                self.env._(
                    "%(user)s has no area and no dedicated customer to hand over. Choose at "
                    "least one.",
                    user=self.from_user_id.name,
                )
            )
