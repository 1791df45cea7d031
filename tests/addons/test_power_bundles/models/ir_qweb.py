from odoo import models

_WANTED = {
    "web.assets_web",
    "web.assets_frontend",
    "web.assets_frontend_lazy",
    "web.assets_frontend_minimal",
    "web.assets_tests",
    "web.__assets_tests_call__",
}


class IrQweb(models.AbstractModel):
    _inherit = "ir.qweb"

    def _get_bundles_to_pregenarate(self):
        # Odoo builds every bundle there is, for most of a minute: unit tests, dark, discuss …
        scripts, styles = super()._get_bundles_to_pregenarate()
        return scripts & _WANTED, styles & _WANTED
