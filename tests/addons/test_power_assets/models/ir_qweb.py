from odoo import models

TOUR_BUNDLES = {
    "web.assets_frontend",
    "web.assets_frontend_lazy",
    "web.assets_frontend_minimal",
    "web.assets_tests",
    "web.assets_web",
}


class IrQweb(models.AbstractModel):
    """Before the first test with pages Odoo builds every bundle there is, unit tests of its own
    screens and dark and printed styles included: two thirds of a minute for what nobody loads."""

    _inherit = "ir.qweb"

    def _get_bundles_to_pregenarate(self):
        scripts, styles = super()._get_bundles_to_pregenarate()
        return scripts & TOUR_BUNDLES, styles & TOUR_BUNDLES
