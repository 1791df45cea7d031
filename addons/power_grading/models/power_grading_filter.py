from odoo import models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval


class PowerGradingFilter(models.AbstractModel):
    """Whose fields hold filters of customers, written with the domain editor."""

    _name = "power.grading.filter"
    _description = "Filter of customers"

    def _read_filter(self, name, user=None):
        """The domain written in a field.

        :param user: whom ``uid`` stands for; the one at work when None
        """
        self.ensure_one()
        return Domain(safe_eval(self[name] or "[]", {"uid": (user or self.env.user).id}))

    def _check_filter(self, name):
        for record in self:
            try:
                self.env["res.partner"].search_count(record._read_filter(name), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "%(record)s: the filter of customers cannot be read: %(error)s",
                        record=record.display_name,
                        error=error,
                    )
                ) from error
