from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PowerValidityMixin(models.AbstractModel):
    """In force between two days, both included; never two for the same thing on one day."""

    _name = "power.validity.mixin"
    _description = "In force between two dates"

    # The field with what the record is about.
    _validity_key = ""

    date_from = fields.Date(string="In Force From", required=True)
    date_to = fields.Date(string="Until", help="Last day; empty while in force.")

    @api.constrains(lambda self: (self._validity_key, "date_from", "date_to"))
    def _check_overlap(self):
        for record in self:
            other = self.search(record._get_overlap_domain(), limit=1)
            if other:
                raise ValidationError(record._get_overlap_message(other))

    def _get_overlap_domain(self):
        """Return what finds the records in force on one of this one's days."""
        self.ensure_one()
        domain = [
            (self._validity_key, "=", self[self._validity_key].id),
            ("id", "!=", self.id),
            "|",
            ("date_to", "=", False),
            ("date_to", ">=", self.date_from),
        ]
        if self.date_to:
            domain.append(("date_from", "<=", self.date_to))
        return domain

    def _get_overlap_message(self, other):
        """Hook: say which two overlap, and the remedy."""
        raise NotImplementedError
