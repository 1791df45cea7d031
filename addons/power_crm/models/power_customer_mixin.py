from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PowerCustomerMixin(models.AbstractModel):
    """A record about a customer, perhaps at one of its supply points.

    Customer, company and supply point go together: what is known gives what is not, and a supply
    point of another customer is refused. A model that learns them from yet another record adds
    it to :meth:`_get_customer_origin_fields`; one that names more of what the customer owns adds
    that to :meth:`_get_customer_owned_fields`.
    """

    _name = "power.customer.mixin"
    _description = "Concerns a customer and its supply point"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    supply_point_id = fields.Many2one(
        "power.supply.point",
        string="Supply point",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('partner_id', '=?', partner_id)]",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        index=True,
        domain="[('share', '=', False)]",
        check_company=True,
        tracking=True,
    )

    @api.model
    def _get_customer_origin_fields(self):
        """Hook: fields whose record says customer and company, the most telling first."""
        return ["supply_point_id"]

    @api.depends(lambda self: self._get_customer_origin_fields())
    def _compute_partner_id(self):
        for record in self:
            origins = (record[name].partner_id for name in self._get_customer_origin_fields())
            record.partner_id = next(filter(None, origins), record.partner_id)

    @api.depends(lambda self: [*self._get_customer_origin_fields(), "partner_id"])
    def _compute_company_id(self):
        for record in self:
            origins = (record[name].company_id for name in self._get_customer_origin_fields())
            record.company_id = (
                next(filter(None, origins), record.company_id)
                or record.partner_id.company_id
                or self.env.company
            )

    @api.model
    def _get_customer_owned_fields(self):
        """Hook: {field whose records are the customer's own: what to do when one is not}."""
        return {"supply_point_id": self.env._("Choose a supply point of this customer.")}

    @api.constrains(lambda self: ["partner_id", *self._get_customer_owned_fields()])
    def _check_customer_owned(self):
        remedies = self._get_customer_owned_fields()
        for record in self:
            for name, remedy in remedies.items():
                for owned in record[name]:
                    if not record._is_customer_owned(owned):
                        raise ValidationError(
                            " ".join((record._get_strange_message(owned), remedy))
                        )

    def _is_customer_owned(self, owned):
        """Hook: may the record name ``owned``?"""
        return owned.partner_id == self.partner_id

    def _get_strange_message(self, strange):
        return self.env._(
            "%(record)s: %(strange)s belongs to %(owner)s, not to %(customer)s.",
            record=self.display_name,
            strange=strange.display_name,
            owner=strange.partner_id.display_name,
            customer=self.partner_id.display_name,
        )
