from math import cos, radians

from odoo import api, models
from odoo.fields import Domain

from ..tools.crew_proposal import distance_km

_METRES_PER_DEGREE = 111_320
# A transformer of a street stands within this distance of the houses it feeds.
_NEAR_METRES = 300
_MAX_NEAR = 200


class PowerFault(models.Model):
    """Where a report is, found from what the caller knows of the place."""

    _inherit = "power.fault"

    @api.model
    def _find_node(self, company, label=None, latitude=None, longitude=None):
        """Return the device that a label names, else the transformer nearest to a place.

        :param str label: what is written on a pole, cabinet or transformer
        :param float latitude: degrees; with ``longitude``, both 0 when not known
        :return: a ``power.network.node`` of the company, as superuser, or none
        """
        nodes = self.env["power.network.node"].sudo()
        own = Domain("company_id", "=", company.id)
        label = (label or "").strip()
        if label:
            named = nodes.search(own & Domain("code", "in", [label, label.upper()]), limit=1)
            if named:
                return named
        if not latitude and not longitude:
            return nodes
        north = _NEAR_METRES / _METRES_PER_DEGREE
        east = north / max(cos(radians(latitude)), 0.01)
        near = nodes.search(
            own
            & Domain("kind", "=", "transformer")
            & Domain("latitude", ">=", latitude - north)
            & Domain("latitude", "<=", latitude + north)
            & Domain("longitude", ">=", longitude - east)
            & Domain("longitude", "<=", longitude + east),
            limit=_MAX_NEAR,
        )
        away = {
            node: distance_km(latitude, longitude, node.latitude, node.longitude) * 1000
            for node in near
        }
        found = min(away, key=away.get, default=nodes)
        return found if found and away[found] <= _NEAR_METRES else nodes

    @api.model
    def _find_point_of_phone(self, phone, company):
        """Return the supply point of who calls, if it has just one, as superuser."""
        points = self.env["power.supply.point"].sudo()
        if not phone:
            return points
        found = points.search(
            Domain("partner_id.phone", "=", phone)
            & Domain("company_id", "=", company.id)
            & Domain("state", "=", "active"),
            limit=2,
        )
        return found if len(found) == 1 else points
