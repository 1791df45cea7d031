from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerFaultQuote(models.TransientModel):
    """Draft a quotation for a repair that no contract covers."""

    _name = "power.fault.quote"
    _description = "Quote for a repair"

    fault_id = fields.Many2one("power.fault", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="fault_id.company_id")
    service_ids = fields.Many2many(
        "product.template",
        string="Services",
        required=True,
        domain="[('power_service_kind', '!=', False), ('sale_ok', '=', True),"
        " ('company_id', 'in', (company_id, False))]",
        default=lambda self: self._get_default_services(),
    )
    note = fields.Text(
        compute="_compute_note", store=True, readonly=False, help="For whoever answers the quote."
    )

    @api.model
    def _get_default_services(self):
        """Hook: what a repair is usually quoted as."""
        product = self.env.ref("power_contracts.product_on_call", raise_if_not_found=False)
        return product.product_tmpl_id if product else self.env["product.template"]

    @api.depends("fault_id")
    def _compute_note(self):
        for wizard in self:
            fault = wizard.fault_id
            texts = (fault.name, fault.description, fault.cause_note)
            wizard.note = "\n".join(filter(None, texts))

    def action_draft(self):
        """Draft the quotation; who may sell sees it, others are told who answers."""
        self.ensure_one()
        fault = self.fault_id
        fault.check_access("write")
        if not fault.partner_id:
            raise UserError(
                self.env._("%(fault)s: enter the customer first.", fault=fault.display_name)
            )
        order = (
            self.env["sale.order"]
            .sudo()
            ._request_power_quote(
                fault.company_id,
                fault.partner_id,
                self.service_ids,
                points=fault.supply_point_id,
                note=self.note,
                origin=fault,
            )
        )
        order.power_fault_id = fault
        fault.is_beyond_boundary = True
        return order.with_env(self.env)._get_drafted_action()
