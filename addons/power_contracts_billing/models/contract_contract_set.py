import logging

from odoo import fields, models

from odoo.addons.power_contracts.tools import deferral

_logger = logging.getLogger(__name__)

# What an invoice takes from its customer.
_CUSTOMER_FIELDS = [
    "child_ids",
    "commercial_partner_id",
    "company_name",
    "country_id",
    "lang",
    "name",
    "parent_id",
    "property_account_position_id",
    "property_account_receivable_id",
    "property_inbound_payment_method_line_id",
    "property_payment_term_id",
    "state_id",
    "type",
    "user_id",
    "vat",
    "zip",
]


class ContractContract(models.Model):
    """Where service invoices are posted by themselves, the daily run writes them in sets.

    OCA's contracts say what is invoiced and go on with the invoices as ever; only their making and
    posting is that of the bill run.
    """

    _name = "contract.contract"
    _inherit = ["contract.contract", "power.invoice.set.mixin"]

    def _invoice_in_batches(self, day):
        contracts = self
        if self.env.company.power_service_invoices != "draft":
            contracts = self.with_context(power_service_set=self._new_shape_memory())
        return super(ContractContract, contracts)._invoice_in_batches(day)

    def _add_contract_origin(self, invoices):
        if self.env.context.get("power_service_set") is not None:
            # What is posted already has its note.
            invoices = invoices.filtered(lambda move: move.state == "draft")
        return super()._add_contract_origin(invoices)

    def _post_service_invoices(self, vals_list, memory):
        """Write and post invoices of service contracts in a set.

        :param list vals_list: values of invoices as ``_prepare_recurring_invoices_values`` returns
        :param ShapeMemory memory: shapes proven or refused before
        :return: dict, move id by place; what is missing is to be made by the ORM
        """
        invoices = self._describe_service_invoices(vals_list)
        if not invoices:
            return {}
        memory.forget_old()
        try:
            with self.env.cr.savepoint():
                made = self._write_invoices(invoices, memory)
                moves = self.env["account.move"].browse(made.values())
                quiet = {"skip_is_manually_modified": True, "mail_notrack": True}
                moves.with_context(**quiet)._follow_service_posting()
                moves._queue_power_sending()
                return made
        except Exception:
            # As drafts each tells by itself why it is not posted.
            _logger.warning("Invoices of contracts are not posted in a set", exc_info=True)
            self.env.invalidate_all()
            return {}

    # === Which invoices === #

    def _describe_service_invoices(self, vals_list):
        line_ids = [
            command[2].get("contract_line_id")
            for vals in vals_list
            for command in vals.get("invoice_line_ids", ())
        ]
        lines = self.env["contract.line"].browse(filter(None, line_ids))
        lines.contract_id.invoice_partner_id.fetch(_CUSTOMER_FIELDS)
        contracts = {line.id: line.contract_id for line in lines}
        cache, invoices = {}, []
        for place, vals in enumerate(vals_list):
            found = {
                contracts.get(command[2].get("contract_line_id"))
                for command in vals.get("invoice_line_ids", ())
            }
            contract = found.pop() if len(found) == 1 else None
            if contract and contract._may_post_in_set(vals):
                invoice = contract._describe_service_invoice(place, vals, cache)
                if invoice:
                    invoices.append(invoice)
        return invoices

    def _may_post_in_set(self, vals):
        """Hook: whether an invoice needs nobody before it is posted today."""
        company = self.env.company
        return (
            self.is_power_service
            and self.company_id == company
            and vals["move_type"] == "out_invoice"
            and vals["partner_id"] == self.invoice_partner_id.id
            and vals["invoice_date"] <= company._get_power_today()
        )

    def _describe_service_invoice(self, place, vals, cache):
        """Return an invoice as plain data; None where the ORM has to make it."""
        self.ensure_one()
        complete = self._complete_invoice_vals(vals, cache)
        if not complete or not self._can_post_set_based(complete, cache):
            return None
        amounts = self._compute_invoice_amounts(complete, cache)
        if amounts["total"] <= 0 or not all(amounts["base"]):
            return None
        return self._describe_invoice(
            place,
            complete,
            amounts,
            cache,
            given=vals,
            bodies=(None, self._write_origin_note()),
            extra={"analytic_account_id": self.power_analytic_account_id.id},
        )

    def _write_origin_note(self):
        messages = self.env["mail.message"]
        note = self._get_power_origin_note()
        # A plain text: what is joined to markup would be escaped.
        return str(messages._fields["body"].convert_to_column_insert(note, messages))

    # === What Odoo would add === #

    def _complete_invoice_vals(self, vals, cache):
        """Return an invoice's values with all that Odoo derives from its partner and products.

        :return: None where a line is not plain: a section, or an analytic share
        """
        partner = self.invoice_partner_id
        delivery = self.env["res.partner"].browse(partner.address_get(["delivery"])["delivery"])
        position = self._get_service_position(vals, partner, delivery, cache)
        term, user = vals.get("invoice_payment_term_id"), vals.get("invoice_user_id")
        user = user or (partner.user_id or partner.commercial_partner_id.user_id).id
        complete = {
            **vals,
            "partner_shipping_id": delivery.id,
            "fiscal_position_id": position.id,
            "invoice_payment_term_id": term or partner.property_payment_term_id.id,
            "invoice_user_id": user or self.env.uid,
            "invoice_line_ids": [],
        }
        for command, line_id, line in vals["invoice_line_ids"]:
            if line["display_type"] != "product" or not line["product_id"] or not line["name"]:
                return None
            shares = line["analytic_distribution"] or {}
            if self._get_other_analytic_accounts(shares) is None:
                return None
            key = ("accounting", line["product_id"], position.id, self._is_line_prepaid(vals, line))
            if key not in cache:
                cache[key] = self._get_service_accounting(vals, line, position)
            own = {"analytic_distribution": {name: float(part) for name, part in shares.items()}}
            complete["invoice_line_ids"].append((command, line_id, {**line, **cache[key], **own}))
        return complete

    def _get_service_position(self, vals, partner, delivery, cache):
        if vals.get("fiscal_position_id"):
            return self.env["account.fiscal.position"].browse(vals["fiscal_position_id"])
        key = [
            (one.property_account_position_id, one.country_id, one.state_id, one.zip, one.vat)
            for one in (partner, delivery)
        ]
        key = ("position", *key)
        if key not in cache:
            positions = self.env["account.fiscal.position"]
            cache[key] = positions._get_fiscal_position(partner, delivery=delivery)
        return cache[key]

    def _is_line_prepaid(self, vals, line):
        until = line.get("power_service_to")
        deferred = self.company_id.power_deferred_account_id
        return bool(deferred and until and until > deferral.month_end(vals["invoice_date"]))

    def _get_service_accounting(self, vals, line, position):
        company = self.company_id
        product = self.env["product.product"].browse(line["product_id"])
        account = product.product_tmpl_id.get_product_accounts(fiscal_pos=position)["income"]
        journal = self.env["account.journal"].browse(vals["journal_id"])
        account = account or journal.default_account_id
        if self._is_line_prepaid(vals, line):
            account = company.power_deferred_account_id
        own = self.env["account.tax"]._check_company_domain(company)
        taxes = product.taxes_id.filtered_domain(own) or account.tax_ids.filtered(
            lambda tax: tax.type_tax_use == "sale"
        )
        taxes = position.map_tax(taxes._filter_taxes_by_company(company))
        return {"account_id": account.id, "tax_ids": [fields.Command.set(taxes.ids)]}

    def _get_other_analytic_accounts(self, distribution):
        """Return the accounts beside the contract's own; None where it is not whole and one."""
        own = str(self.power_analytic_account_id.id)
        if not distribution:
            return ()
        if len(distribution) > 1 or set(distribution.values()) != {100}:
            return None
        accounts = next(iter(distribution)).split(",")
        if accounts.count(own) != 1:
            return None
        return tuple(account for account in accounts if account != own)
