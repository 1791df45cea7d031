import pytz

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class PowerOutage(models.Model):
    """What an outage leaves for the reliability figures, written when power is back."""

    _inherit = "power.outage"

    step_ids = fields.One2many("power.outage.step", "outage_id", string="Restored in steps")
    interruption_ids = fields.One2many("power.interruption", "outage_id", string="Interruptions")
    customer_minutes = fields.Float(
        string="Customer minutes", compute="_compute_customer_minutes", digits=(16, 1)
    )

    def _compute_customer_minutes(self):
        sums = dict(
            self.env["power.interruption"]._read_group(
                [("outage_id", "in", self.ids)], ["outage_id"], ["customer_minutes:sum"]
            )
        )
        for outage in self:
            outage.customer_minutes = sums.get(outage, 0.0)

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        if target == "restored":
            self._write_interruptions()
        elif target in ("confirmed", "cancelled"):
            self.sudo().interruption_ids.unlink()
        return result

    def _is_back(self, node):
        """Say whether a step gave a device its supply back already."""
        above = node._get_ancestor_ids()
        now = fields.Datetime.now()
        return super()._is_back(node) or any(
            set(step.node_ids.ids) & above and step.date_restored <= now
            for step in self.sudo().step_ids
        )

    def _count_still_off(self):
        """Return how many customers have no power yet, those back by a step taken out."""
        self.ensure_one()
        now = fields.Datetime.now()
        back = self.step_ids.filtered(lambda step: step.date_restored <= now).node_ids
        return max(self.customer_count - back._without_those_below()._count_customers(), 0)

    def _get_timezone(self):
        """Return the time zone in which the days of a company are counted."""
        self.ensure_one()
        return pytz.timezone(self.company_id._get_power_zone())

    def _write_interruptions(self):
        """Freeze who was off for how long, a row a step and device; rows from before go."""
        interruptions = self.env["power.interruption"].sudo()
        for outage in self:
            outage.sudo().interruption_ids.unlink()
            interruptions |= interruptions.create(outage.sudo()._prepare_interruptions())
        self.env["power.reliability.setting"]._refresh_interruptions(interruptions)

    def _prepare_interruptions(self):
        """Return the values of the interruptions of one outage."""
        self.ensure_one()
        below = self._map_points()
        rows = []
        for step in self.step_ids.sorted("date_restored"):
            if step.date_restored > self.date_restored:
                raise UserError(
                    self.env._(
                        "A step of %(outage)s is restored after the whole outage. Correct its "
                        "time, or the end of the outage.",
                        outage=self.name,
                    )
                )
            for node in step.node_ids:
                back = [point for point, path in below.items() if node.id in path]
                for point in back:
                    below.pop(point)
                rows += self._prepare_interruption(node, back, step.date_restored)
        for node in self.node_ids:
            rest = [point for point, path in below.items() if node.id in path]
            for point in rest:
                below.pop(point)
            rows += self._prepare_interruption(node, rest, self.date_restored)
        return rows

    def _map_points(self):
        """Return {supply point id: ids of the devices above it} of all that went off."""
        self.ensure_one()
        self.env["power.supply.point"].flush_model(["node_id", "state", "active"])
        self.env["power.network.node"].flush_model(["parent_path"])
        if not self.node_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT point.id, leaf.parent_path
                  FROM power_network_node top
                  JOIN power_network_node leaf
                    ON leaf.parent_path LIKE top.parent_path || '%%'
                  JOIN power_supply_point point ON point.node_id = leaf.id
                 WHERE top.id IN %s AND point.active AND point.state IN ('active', 'suspended')
                """,
                tuple(self.node_ids.ids),
            )
        )
        return {
            point: frozenset(int(part) for part in path.split("/") if part) for point, path in rows
        }

    def _get_interruption_start(self):
        """Hook: from when on the customers were without supply."""
        self.ensure_one()
        return self.date_start

    def _prepare_interruption(self, node, points, end):
        """Hook: values of the interruptions below one device; none without customers."""
        if not points:
            return []
        began = self._get_interruption_start()
        left = self.env["power.interruption"]._get_time_left(
            self.company_id, points, began, max(end, began)
        )
        return [
            self._prepare_interruption_vals(node, off, start, stop)
            for stretches, off in left.items()
            for start, stop in stretches
        ]

    def _prepare_interruption_vals(self, node, points, start, end):
        """Hook: values of one interruption of these customers."""
        common = self.env["power.interruption"]._prepare_interruption_vals(
            self.company_id, node, points, start, end
        )
        return {
            **common,
            "outage_id": self.id,
            "area_id": (node.area_id or self.area_id).id,
            "kind": self.kind,
            "cause": self.cause,
            "influence": self.influence,
        }
