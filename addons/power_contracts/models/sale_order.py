from odoo import api, fields, models
from odoo.fields import Command


class SaleOrder(models.Model):
    """A quotation of services: for which supply points, and asked for by whom."""

    _inherit = "sale.order"

    power_supply_point_ids = fields.Many2many(
        "power.supply.point",
        "power_sale_order_supply_point_rel",
        "order_id",
        "supply_point_id",
        string="Supply points",
        domain="[('partner_id', 'child_of', partner_id)]",
        check_company=True,
    )
    power_equipment_ids = fields.Many2many(
        "power.equipment",
        "power_sale_order_equipment_rel",
        "order_id",
        "equipment_id",
        string="Equipment",
        domain="[('partner_id', 'child_of', partner_id)]",
        check_company=True,
        help="Empty: everything at the supply points.",
    )
    power_visit_id = fields.Many2one(
        "power.contract.visit",
        string="Found at visit",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    power_defect_id = fields.Many2one(
        "power.defect",
        string="Defect",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    has_power_service = fields.Boolean(compute="_compute_has_power_service")

    @api.depends("order_line.product_id.power_service_kind", "power_supply_point_ids")
    def _compute_has_power_service(self):
        for order in self:
            order.has_power_service = bool(
                order.power_supply_point_ids
                or any(order.order_line.product_id.mapped("power_service_kind"))
            )

    @api.depends("power_supply_point_ids")
    def _compute_pricelist_id(self):
        result = super()._compute_pricelist_id()
        for order in self:
            if order.state == "draft" and order.partner_id and order.power_supply_point_ids:
                special = self.env["product.pricelist"]._get_power_pricelist(
                    order.partner_id, order.power_supply_point_ids, order.company_id
                )
                usual = order.pricelist_id.filtered(
                    lambda found, order=order: found.currency_id == order.company_id.currency_id
                )
                # Services are sold in the money of the utility, whatever Odoo's own list says.
                order.pricelist_id = special or usual
        return result

    @api.model
    def _request_power_quote(self, company, partner, wanted, points=None, note="", origin=None):
        """Draft the quotation a customer asks for; who answers is told, with a deadline.

        :param wanted: ``product.template`` (services) or one ``sale.order.template`` (package)
        :param points: supply points of the customer, if known
        :param str note: what the customer says
        :param origin: the record the request comes from, if any
        :rtype: sale.order
        """
        orders = self.with_company(company).with_context(mail_create_nosubscribe=True)
        order = orders.create(self._prepare_quote_vals(company, partner, wanted, points))
        order.order_line = [
            Command.create(vals) for vals in order._prepare_quote_lines_vals(wanted)
        ]
        if note:
            order.message_post(body=note, subtype_xmlid="mail.mt_note")
        if origin:
            origin._message_log(body=self.env._("Quotation drafted: %s", order._get_html_link()))
            order.message_post_with_source(
                "mail.message_origin_link",
                render_values={"self": order, "origin": origin},
                subtype_xmlid="mail.mt_note",
            )
        user = company._get_power_answer_user(partner)
        if user:
            order.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=company._get_power_answer_day(),
                user_id=user.id,
                summary=order.with_context(lang=user.lang).env._("Answer with a quotation"),
            )
        return order

    @api.model
    def _prepare_quote_vals(self, company, partner, wanted, points):
        """Hook: values of the quotation drafted for a request."""
        user = company._get_power_answer_user(partner)
        return {
            "company_id": company.id,
            "partner_id": partner.id,
            "user_id": user.id,
            "origin": self.env._("Request of the customer"),
            "power_supply_point_ids": [Command.set(points.ids if points else [])],
            "sale_order_template_id": (
                wanted.id if wanted._name == "sale.order.template" else False
            ),
        }

    def _prepare_quote_lines_vals(self, wanted):
        """Hook: values of the lines of the services or of the package asked for."""
        self.ensure_one()
        if wanted._name == "sale.order.template":
            wanted = wanted.with_context(lang=self.partner_id.lang)
            return [
                line._prepare_order_line_values() for line in wanted.sale_order_template_line_ids
            ]
        return [{"product_id": service.product_variant_id.id} for service in wanted]

    def _get_drafted_action(self):
        """Show a quotation just drafted, or who answers it to those who may not sell."""
        self.ensure_one()
        if self.has_access("write"):
            return {
                "type": "ir.actions.act_window",
                "res_model": "sale.order",
                "res_id": self.id,
                "views": [(False, "form")],
            }
        order = self.sudo()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Quotation %(order)s is drafted; %(user)s answers by %(day)s.",
                    order=order.name,
                    user=order.user_id.name or self.env._("the sales team"),
                    day=fields.Date.to_string(order.company_id._get_power_answer_day()),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
