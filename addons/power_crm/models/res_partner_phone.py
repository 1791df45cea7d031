import re
import unicodedata

from odoo import api, models
from odoo.exceptions import ValidationError

EXTENSION_WORDS = re.compile(r"\s*(?:转接|转|分机)\s*")


class ResPartner(models.Model):
    """Telephone numbers of customers and of their contacts: one notation, no wrong ones."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("phone"):
                vals["phone"] = self._clean_power_phone(vals["phone"])
        partners = super().create(vals_list)
        if not self.env.context.get("power_phone_checked"):
            partners._normalise_power_phone()
        return partners

    def write(self, vals):
        result = super().write(vals)
        if {"phone", "country_id", "power_is_customer", "parent_id"} & vals.keys():
            self._normalise_power_phone()
        return result

    @api.model
    def _clean_power_phone(self, phone):
        """Take away what only people read: full-width digits, Chinese words for extension."""
        text = unicodedata.normalize("NFKC", phone).strip()
        return EXTENSION_WORDS.sub(" ext. ", text)

    def _format_power_phone(self, phone, country=None, force_format="INTERNATIONAL"):
        """Return a number as people wrote it in one notation; false where it cannot be one.

        :param country: of a number that names none; by default that of this partner
        """
        return self._phone_format(
            number=self._clean_power_phone(phone), country=country, force_format=force_format
        )

    def _is_power_phone_checked(self):
        """Hook: whether this partner's number must be a valid one."""
        self.ensure_one()
        return self.power_is_customer or self.commercial_partner_id.power_is_customer

    def _normalise_power_phone(self):
        """Write the numbers of customers in international notation.

        :raise ValidationError: naming partner, number and remedy, when a number cannot be one.
        """
        for partner in self.filtered("phone"):
            if not partner._is_power_phone_checked():
                continue
            formatted = partner._format_power_phone(partner.phone)
            if not formatted:
                raise ValidationError(partner._get_power_phone_error())
            if formatted != partner.phone:
                partner.phone = formatted

    def _get_power_phone_error(self):
        self.ensure_one()
        country = self.country_id or self.env.company.country_id
        return self.env._(
            "%(customer)s: “%(phone)s” is not a telephone number of %(country)s. Give a mobile "
            "number (139 1234 5678), a number with area code (0510-8270 1234), or a foreign "
            "number with + and country code (+81 3 1234 5678).",
            customer=self.display_name,
            phone=self.phone,
            country=country.name or self.env._("any known country"),
        )
