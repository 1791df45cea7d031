from odoo import api, fields, models
from odoo.fields import Command


class PowerQuotableMixin(models.AbstractModel):
    """Work that nothing covers, quoted from where it was found.

    The model gives ``_quote_origin_field``, the field of ``sale.order`` that names its record.
    """

    _name = "power.quotable.mixin"
    _description = "May be quoted"

    _quote_origin_field = ""

    quote_count = fields.Integer(string="Quotes", compute="_compute_quote_count")

    def _compute_quote_count(self):
        name = self._quote_origin_field
        counts = dict(
            self.env["sale.order"].sudo()._read_group([(name, "in", self.ids)], [name], ["__count"])
        )
        for record in self:
            record.quote_count = counts.get(record, 0)

    def action_quote(self):
        """Draft the quotation; who may sell sees it, others are told who answers."""
        self.ensure_one()
        self.check_access("write")
        order = self._draft_quote()
        return order.with_env(self.env)._get_drafted_action()

    def action_open_quotes(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "power_contracts.sale_order_action_services"
            ),
            "domain": [(self._quote_origin_field, "=", self.id)],
        }

    def _draft_quote(self):
        """Draft what is quoted for the record, whoever asks.

        :rtype: sale.order, as superuser
        """
        self.ensure_one()
        order = (
            self.env["sale.order"]
            .sudo()
            ._request_power_quote(
                self.company_id,
                self.partner_id,
                self._get_quoted_services(),
                points=self.supply_point_id,
                note=self._get_quote_note(),
                origin=self.sudo(),
            )
        )
        order.write(
            {
                self._quote_origin_field: self.id,
                "power_equipment_ids": [Command.set(self._get_quoted_equipment().ids)],
                "order_line": [Command.create(vals) for vals in self._prepare_quoted_parts_vals()],
            }
        )
        return order

    def _get_quotes_sent(self):
        """Return the quotations that the customer has got, the latest first.

        :rtype: sale.order, as superuser
        """
        self.ensure_one()
        sent = [(self._quote_origin_field, "=", self.id), ("state", "in", ("sent", "sale"))]
        return self.env["sale.order"].sudo().search(sent)

    @api.model
    def _get_quoted_services(self):
        """Hook: services the quotation begins with."""
        product = self.env.ref("power_contracts.product_on_call", raise_if_not_found=False)
        return product.product_tmpl_id if product else self.env["product.template"]

    def _get_quoted_equipment(self):
        """Hook: what the quotation is about."""
        return self.env["power.equipment"]

    def _get_quote_note(self):
        """Hook: what whoever answers should know."""
        return self.display_name

    def _prepare_quoted_parts_vals(self):
        """Hook: values of order lines of parts."""
        return []
