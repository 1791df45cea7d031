from odoo import api, models


class PowerGradingPart(models.AbstractModel):
    """A part of a grading scheme: what decides a grade is frozen once the scheme is in use."""

    _name = "power.grading.part"
    _description = "Part of a grading scheme"

    # words may be mended at any time
    _FREE_FIELDS = frozenset({"name", "legend", "advice", "color", "label"})

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._get_scheme()._check_open()
        return parts

    def write(self, vals):
        if not set(vals) <= self._FREE_FIELDS:
            self._get_scheme()._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._get_scheme()._check_open()

    def _get_scheme(self):
        """Hook: the schemes the parts belong to."""
        return self.scheme_id
