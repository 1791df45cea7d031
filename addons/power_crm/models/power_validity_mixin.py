from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class PowerValidityMixin(models.AbstractModel):
    """In force between two days, both included.

    A model that names :attr:`_validity_keys` never has two records for the same thing on one day.
    Of one that names none the latest may win, or whatever the model says.
    """

    _name = "power.validity.mixin"
    _description = "In force between two dates"

    # The many2one fields with what the record is about.
    _validity_keys = ()

    date_from = fields.Date(string="In force from", required=True)
    date_to = fields.Date(string="Until", help="Last day; empty while in force.")

    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_from <= date_to)",
        "What is in force cannot end before it begins.",
    )

    @api.constrains(lambda self: (*self._validity_keys, "date_from", "date_to"))
    def _check_overlap(self):
        if not self._validity_keys:
            return
        for record in self:
            other = self.search(record._get_overlap_domain(), limit=1)
            if other:
                raise ValidationError(record._get_overlap_message(other))

    def _get_overlap_domain(self):
        """Return what finds the other records in force on one of this one's days."""
        self.ensure_one()
        same = Domain.AND(Domain(key, "=", self[key].id) for key in self._validity_keys)
        domain = same & Domain("id", "!=", self.id) & self._get_ending_domain(self.date_from)
        return domain & Domain("date_from", "<=", self.date_to) if self.date_to else domain

    def _get_overlap_message(self, other):
        """Hook: say which two overlap, and the remedy."""
        raise NotImplementedError

    @api.model
    def _get_in_force_domain(self, day):
        """Return what finds the records in force on a day; one without a first day always was."""
        return self._get_ending_domain(day) & (
            Domain("date_from", "=", False) | Domain("date_from", "<=", day)
        )

    @api.model
    def _get_newest(self, company, day, domain=Domain.TRUE):
        """Return the record in force that began last, the company's own before those for all.

        For models whose ``company_id`` may be empty.
        """
        domain &= self._get_in_force_domain(day) & Domain("company_id", "in", (company.id, False))
        found = self.sudo().search(domain, order="date_from desc, id desc")
        return (found.filtered("company_id") or found)[:1]

    @api.model
    def _get_ending_domain(self, day):
        return Domain("date_to", "=", False) | Domain("date_to", ">=", day)
