from odoo import api, models


class PowerTariffPart(models.AbstractModel):
    """What belongs to a tariff version: frozen when billed, checked with the version as a whole."""

    _name = "power.tariff.part.mixin"
    _description = "Part of a Tariff Version"

    # What may change after billing: it changes no amount.
    _FREE_FIELDS = frozenset({"name", "sequence"})

    def _get_version(self):
        """Return the versions these rows belong to."""
        return self.version_id

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        versions = parts._get_version()
        versions._check_frozen()
        versions._check_rules()
        return parts

    def write(self, vals):
        if not vals.keys() - self._FREE_FIELDS:
            return super().write(vals)
        self._get_version()._check_frozen()
        result = super().write(vals)
        versions = self._get_version()
        versions._check_frozen()
        versions._check_rules()
        return result

    def unlink(self):
        versions = self._get_version()
        result = super().unlink()
        versions.exists()._check_rules()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._get_version()._check_frozen()
