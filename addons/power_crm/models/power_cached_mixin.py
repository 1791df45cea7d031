from odoo import api, models


class PowerCachedMixin(models.AbstractModel):
    """Rules that are read from the registry's cache: whatever changes them empties it."""

    _name = "power.cached.mixin"
    _description = "Rules kept in the cache"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
