from odoo import fields
from odoo.fields import Domain
from odoo.http import request, route

from .portal import PowerFaultPortal

_LISTED = 50


class PowerOutagePortal(PowerFaultPortal):
    """My electricity: outages at the customer's own supply points."""

    @route("/my/power/outages", type="http", auth="user", website=True, methods=["GET"])
    def power_my_outages(self, **_kw):
        points = self._search_power("power.supply.point", self._get_power_points_domain())
        return request.render(
            "power_faults.portal_my_outages",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "power_outages",
                "rows": [self._prepare_outage_row(point) for point in points[:_LISTED].sudo()],
            },
        )

    def _prepare_outage_row(self, point):
        """Return what one supply point of the visitor's own has to expect and has had.

        :param point: as superuser; it is the visitor's own
        """
        outages = request.env["power.outage"].sudo()
        above = list(point.node_id._get_ancestor_ids())
        planned = outages.search(
            Domain("node_ids", "in", above)
            & Domain("state", "=", "approved")
            & Domain("date_announced", "!=", False)
            & Domain("date_start", ">", fields.Datetime.now()),
            order="date_start",
        )
        past = (
            request.env["power.interruption"]
            .sudo()
            .search(
                [("point_ids", "in", point.ids), ("sustained", "=", True)],
                order="date_start desc",
                limit=10,
            )
        )
        return {
            "point": point,
            "outage": outages._find_covering(point),
            "planned": planned,
            "past": past,
        }
