from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import outage_map

_LIMIT = 500
_OPEN_COLORS = {"0": "text-bg-success", "1": "text-bg-info", "2": "text-bg-warning"}


class PowerFault(models.Model):
    """Faults and crews on the map of the board."""

    _inherit = "power.fault"

    @api.model
    @api.readonly
    def get_power_map(self, domain):
        """Return what the view of type ``power_map`` shows: faults of a domain and all crews.

        :return: ``html`` of the plan, or False without a place; how many faults are ``shown``,
            have no place (``lost``), and were too many (``left_out``)
        """
        faults = self.search(domain, limit=_LIMIT)
        crews = self.env["power.crew"].search(self._get_map_crew_domain())
        places = {fault: fault._get_map_place() for fault in faults}
        lost = [fault for fault, place in places.items() if not outage_map.is_position(*place)]
        places |= {crew: (crew.latitude, crew.longitude) for crew in crews}
        plan = outage_map.plan(places)
        return {
            "html": bool(plan) and self._render_map(plan),
            "shown": len(faults) - len(lost),
            "lost": len(lost),
            "left_out": self.search_count(domain) - len(faults) if len(faults) == _LIMIT else 0,
        }

    @api.model
    def _get_map_crew_domain(self):
        """Hook: crews that the map shows, where they have told a place."""
        return Domain("latitude", "!=", 0) | Domain("longitude", "!=", 0)

    def _get_map_place(self):
        """Return latitude and longitude of a fault, else of the device nearest to it."""
        self.ensure_one()
        place = self.latitude, self.longitude
        node = self.node_id
        return place if outage_map.is_position(*place) else (node.latitude, node.longitude)

    @api.model
    def _render_map(self, plan):
        company = self.env.company.sudo()
        return self.env["ir.qweb"]._render(
            "power_faults.plan",
            {
                "plan": plan,
                "marks": {record: record._prepare_mark() for record in plan.markers},
                "ratio": 2.4,
                "label": self.env._("Faults and crews"),
                "tiles": company.power_outage_tiles,
                "tiles_credit": company.power_outage_tiles_credit,
            },
        )

    def _prepare_mark(self):
        """Hook: how a fault looks on the map; the urgent lies above the others."""
        self.ensure_one()
        # A limit may have passed a moment ago, before the job that writes it down.
        now = fields.Datetime.now()
        urgent = self.priority == "3" or self.is_late or (self.date_deadline or now) < now
        color = "text-bg-danger" if urgent else _OPEN_COLORS[self.priority or "0"]
        states = dict(self._fields["state"]._description_selection(self.env))
        symptoms = dict(self._fields["symptom"]._description_selection(self.env))
        place = self.address or self.supply_point_id.number
        title = [self.name, place, symptoms[self.symptom], states[self.state], self.crew_id.name]
        return {
            "href": f"#power.fault/{self.id}",
            "title": " · ".join(filter(None, title)),
            "color": color if self.is_open else "text-bg-secondary",
            "icon": "fa-bolt" if self.danger else "fa-wrench" if self.crew_id else "fa-exclamation",
            "text": self.name,
            "level": 10 + int(self.priority or 0),
        }
