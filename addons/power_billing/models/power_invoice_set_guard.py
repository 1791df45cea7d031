import logging

from odoo import models
from odoo.fields import Command

_logger = logging.getLogger(__name__)

# What makes an invoice line in the shape that the comparison test proves; an add-on that proves
# more keys extends ``_get_complete_line_keys``.
LINE_KEYS = frozenset(
    {
        "display_type",
        "account_id",
        "tax_ids",
        "product_id",
        "product_uom_id",
        "name",
        "quantity",
        "price_unit",
    }
)
# What keeps Odoo in charge of an invoice's amounts when it is given with the move.
MOVE_KEYS_REFUSED = frozenset(
    {"line_ids", "invoice_cash_rounding_id", "invoice_currency_rate", "invoice_date_due"}
)
# And what of the whole invoice.
SET_MOVE_KEYS_REFUSED = MOVE_KEYS_REFUSED | {"name", "state", "auto_post"}
# What of an invoice besides its keys decides whether it may be written in a set.
PROVEN_KEYS = (
    "company_id",
    "currency_id",
    "invoice_payment_term_id",
    "journal_id",
    "move_type",
)
# Whose overrides of the methods below were read and change nothing of these invoices.
KNOWN_MODULES = frozenset(
    {
        "account",
        "account_add_gln",
        "account_edi_ubl_cii",
        "account_payment",
        "account_reconcile_oca",
        "account_statement_base",
        "analytic",
        "base",
        "l10n_cn",
        "mail",
        "portal",
        "power_billing",
        "power_billing_bank",
        "power_crm",
        "sale",
        "sequence",
        "snailmail_account",
        "spreadsheet_account",
        "web",
    }
)
WATCHED_METHODS = {
    "account.move": ("create", "write", "_post", "action_post", "_compute_name", "_hash_moves"),
    "account.move.line": ("create", "write", "_create_analytic_lines"),
}


class PowerInvoiceSetMixin(models.AbstractModel):
    """What has to be known of a database before invoices are written in a set."""

    _inherit = "power.invoice.set.mixin"

    def _can_post_set_based(self, vals, cache):
        """Tell whether an invoice of these values may be written in a set with others.

        An add-on whose invoices need more than Odoo's own ``create`` and ``_post`` returns False
        here; one whose overrides change nothing of a bill's invoice adds itself to
        ``_get_known_modules``. What passes is still compared with an invoice that Odoo made.

        :param dict vals: what ``_prepare_move_vals`` returned
        :param dict cache: what was already found out in this batch
        """
        key = ("proven", self.company_id.id, *[vals.get(name) for name in PROVEN_KEYS], *vals)
        if key not in cache:
            cache[key] = self._is_move_proven(vals, cache)
        return cache[key] and all(
            self._is_charge_proven(*line, cache, self._are_taxes_on_invoice)
            for line in vals["invoice_line_ids"]
        )

    def _is_move_proven(self, vals, cache):
        """Tell whether an invoice of these keys, journal and so on passes, whatever its charges."""
        company = self.company_id
        if "set" not in cache:
            cache["set"] = self._is_synchronisation_known() and self._are_overrides_known()
        return (
            cache["set"]
            and self._is_journal_proven(vals["journal_id"])
            and vals["move_type"] in ("out_invoice", "out_refund")
            and vals["company_id"] == company.id
            and vals["currency_id"] == company.currency_id.id
            and not SET_MOVE_KEYS_REFUSED.intersection(vals)
            and self._is_term_proven(vals.get("invoice_payment_term_id"))
        )

    def _is_charge_proven(self, command, _id, vals, cache, are_proven):
        """Tell whether an invoice line is a plain charge whose taxes pass.

        :param are_proven: the method that is asked of its taxes, once a batch
        """
        if command != Command.CREATE or vals.get("display_type") != "product":
            return False
        tax_ids = vals["tax_ids"][0][2]
        key = (are_proven.__name__, *tax_ids, *vals)
        if key not in cache:
            cache[key] = self._get_complete_line_keys().issuperset(vals) and are_proven(
                self.env["account.tax"].browse(tax_ids)
            )
        return bool(vals["account_id"] and cache[key])

    def _are_taxes_on_invoice(self, taxes):
        return all(tax.tax_exigibility == "on_invoice" for tax in taxes)

    def _get_complete_line_keys(self):
        """Return the keys an invoice line may have to be made complete."""
        return LINE_KEYS

    def _get_known_modules(self):
        """Return the add-ons whose overrides change nothing of a bill's invoice."""
        return KNOWN_MODULES

    def _are_overrides_known(self):
        known = self._get_known_modules()
        for name, methods in WATCHED_METHODS.items():
            for model in type(self.env[name]).__mro__:
                for method in methods:
                    function = vars(model).get(method)
                    if function and not self._is_module_known(function.__module__, known):
                        _logger.info("Bills are posted by the ORM: %s.%s", model, method)
                        return False
        return True

    def _is_module_known(self, path, known):
        parts = path.split(".")
        return parts[:2] != ["odoo", "addons"] or parts[2] in known

    def _is_journal_proven(self, journal_id):
        journal = self.env["account.journal"].browse(journal_id)
        return not journal.restrict_mode_hash_table

    def _is_synchronisation_known(self):
        """Tell whether invoice lines come from nothing but taxes and payment terms here."""
        moves = type(self.env["account.move"])
        own = "odoo.addons.account.models.account_move"
        models_of_analytic = self.env["account.analytic.distribution.model"].sudo()
        return (
            moves._get_sync_stack.__module__ == own
            and moves._sync_tax_lines.__module__ == own
            and not models_of_analytic.search_count([], limit=1)
        )

    def _is_term_proven(self, term_id):
        term = self.env["account.payment.term"].browse(term_id or [])
        return bool(term) and not term.early_discount
