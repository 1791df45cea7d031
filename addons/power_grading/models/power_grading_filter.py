from odoo import models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval


class PowerGradingFilter(models.AbstractModel):
    """Whose fields hold filters of customers, written with the domain editor."""

    _name = "power.grading.filter"
    _description = "Filter of customers"

    def _read_filter(self, name):
        """The domain written in a field."""
        self.ensure_one()
        return Domain(safe_eval(self[name] or "[]", self._get_filter_names()))

    def _get_filter_names(self):
        """Hook: what a filter may name besides fields.

        Not who is at work: a scheme grades everybody alike, whoever or whatever starts it.
        """
        return {}

    def _check_filter(self, name):
        for record in self:
            try:
                self.env["res.partner"].search_count(record._read_filter(name), limit=1)
            except Exception as error:
                if "'uid'" in str(error):
                    raise ValidationError(record._get_uid_message()) from error
                raise ValidationError(
                    self.env._(
                        "%(record)s: the filter of customers cannot be read: %(error)s",
                        record=record.display_name,
                        error=error,
                    )
                ) from error

    def _get_uid_message(self):
        self.ensure_one()
        return self.env._(
            "%s: “uid” is whoever is at work, and a scheme grades everybody alike, whoever starts "
            "it. Name the person in the filter instead.",
            self.display_name,
        )
