from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools import contract_calendar

_KEPT_TERMS = ("tier", "renewal", "renewal_months", "notice_days")


class SaleOrder(models.Model):
    """A quotation that was accepted becomes the contracts of its services."""

    _inherit = "sale.order"

    power_contract_start = fields.Date(
        string="Service begins", copy=False, help="Empty: the day the quotation is accepted."
    )
    power_contract_months = fields.Integer(
        string="Term (months)",
        compute="_compute_power_contract_months",
        store=True,
        readonly=False,
        precompute=True,
        help="The quantities of the quotation are those of the whole term.",
    )
    power_contract_ids = fields.One2many("contract.contract", "sale_order_id", string="Contracts")
    power_contract_count = fields.Integer(
        string="Service contracts", compute="_compute_power_contract_count"
    )
    makes_power_contract = fields.Boolean(compute="_compute_makes_power_contract")

    _term_positive = models.Constraint(
        "CHECK (power_contract_months >= 0)", "The term of a contract cannot be negative."
    )

    @api.depends("sale_order_template_id")
    def _compute_power_contract_months(self):
        for order in self:
            template = order.sale_order_template_id.power_contract_template_id
            order.power_contract_months = (
                template.renewal_months or order.power_contract_months or 12
            )

    @api.depends("order_line.power_template_line_id")
    def _compute_makes_power_contract(self):
        for order in self:
            order.makes_power_contract = bool(order.order_line.power_template_line_id)

    def _compute_power_contract_count(self):
        counts = dict(
            self.env["contract.contract"]._read_group(
                [("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"]
            )
        )
        for order in self:
            order.power_contract_count = counts.get(order, 0)

    # === CHECKS: BEFORE THE CUSTOMER SIGNS === #

    def action_quotation_send(self):
        self._check_power_service()
        return super().action_quotation_send()

    def action_quotation_sent(self):
        self._check_power_service()
        return super().action_quotation_sent()

    def _confirmation_error_message(self):
        error = super()._confirmation_error_message()
        if not error:
            self._check_power_service()
        return error

    def _check_power_service(self):
        """Refuse what could not become a contract, before a customer is asked to sign it."""
        for order in self.filtered("makes_power_contract"):
            if not order.power_supply_point_ids and not order.power_equipment_ids:
                raise UserError(
                    self.env._(
                        "%(order)s: name the supply points or the equipment that the contract is "
                        "to cover.",
                        order=order.name,
                    )
                )
            if not order.power_contract_months:
                raise UserError(
                    self.env._("%(order)s: enter the term of the contract.", order=order.name)
                )
            for covered in (*order.power_supply_point_ids, *order.power_equipment_ids):
                if (
                    covered.partner_id.commercial_partner_id
                    != order.partner_id.commercial_partner_id
                ):
                    raise UserError(
                        self.env._(
                            "%(order)s: %(covered)s belongs to %(owner)s. Take it off.",
                            order=order.name,
                            covered=covered.display_name,
                            owner=covered.partner_id.display_name,
                        )
                    )
            for line in order.order_line.filtered("power_template_line_id"):
                line._get_charge_quantity()

    # === CONTRACTS === #

    def _action_confirm(self):
        result = super()._action_confirm()
        for order in self:
            order.sudo()._make_power_contracts()
        return result

    def _make_power_contracts(self):
        """Make a contract of each template; what became one before is left alone.

        :rtype: contract.contract
        """
        self.ensure_one()
        lines = self.order_line.filtered(
            lambda line: line.power_template_line_id and not line.contract_line_ids
        )
        contracts = (
            self.env["contract.contract"]
            .with_company(self.company_id)
            .with_context(skip_modification_mail=True)
        )
        groups = lines.grouped(lambda line: line.power_template_line_id.contract_id)
        for template, services in groups.items():
            contract = contracts.create(self._prepare_power_contract_vals(template, services))
            contract.message_post_with_source(
                "mail.message_origin_link",
                render_values={"self": contract, "origin": self},
                subtype_xmlid="mail.mt_note",
            )
            self._message_log(
                body=self.env._("Contract made of this quotation: %s", contract._get_html_link())
            )
            contracts |= contract
        contracts._open_or_ask(self.user_id)
        return contracts

    def _prepare_power_contract_vals(self, template, services):
        """Hook: the contract of the services of one template.

        :param template: ``contract.template``
        :param services: order lines
        :rtype: dict
        """
        self.ensure_one()
        start = self.power_contract_start or self.company_id._get_power_today()
        after = contract_calendar.add_months(start, self.power_contract_months)
        return {
            **{name: template[name] for name in _KEPT_TERMS},
            "name": template.with_context(lang=self._get_lang()).name,
            "is_power_service": True,
            "line_recurrence": True,
            "contract_type": "sale",
            "sale_order_id": self.id,
            "contract_template_id": template.id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "invoice_partner_id": self.partner_invoice_id.id,
            "user_id": self.user_id.id,
            "pricelist_id": self.pricelist_id.id,
            "payment_term_id": self.payment_term_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "date_start": start,
            "term_end": after - timedelta(days=1),
            "supply_point_ids": [Command.set(self.power_supply_point_ids.ids)],
            "equipment_ids": [Command.set(self.power_equipment_ids.ids)],
            "contract_line_ids": [
                Command.create(line._prepare_contract_line_vals()) for line in services
            ],
        }

    def _action_cancel(self):
        running = self.sudo().power_contract_ids.filtered(lambda item: item.state != "draft")
        if running:
            raise UserError(
                self.env._(
                    "%(order)s has become %(contract)s. Terminate that contract instead.",
                    order=running[0].sale_order_id.name,
                    contract=running[0].display_name,
                )
            )
        self.sudo().power_contract_ids.unlink()
        return super()._action_cancel()

    def action_open_power_contracts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_contracts.contract_contract_action"
        )
        contracts = self.power_contract_ids
        if len(contracts) == 1:
            return {
                **action,
                "view_mode": "form",
                "views": [(False, "form")],
                "res_id": contracts.id,
            }
        return {**action, "domain": [("id", "in", contracts.ids)]}
