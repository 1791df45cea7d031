from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import fault_priority

_REPEAT_DAYS = 30
# Important customers of the second level and above alarm, whatever the points say.
_ALARMING_RANK = fault_priority.LEVEL_RANK["second"]
_RAISING = frozenset({"danger", "symptom", "supply_point_id", "partner_id", "priority"})


class PowerFault(models.Model):
    """How urgent a fault is, and why."""

    _inherit = "power.fault"

    priority = fields.Selection(
        [("0", "Normal"), ("1", "Raised"), ("2", "High"), ("3", "Urgent")],
        compute="_compute_priority",
        store=True,
        readonly=False,
        index=True,
        tracking=True,
        copy=False,
    )
    priority_points = fields.Integer(
        string="Points", compute="_compute_priority", store=True, copy=False
    )
    priority_note = fields.Text(
        string="Why", compute="_compute_priority_note", groups="base.group_user"
    )

    @api.depends(
        "danger", "supply_point_id", "partner_id", "customers_affected", "parent_id", "company_id"
    )
    def _compute_priority(self):
        repeats = self._count_repeats()
        rules = {}
        for fault in self:
            company = fault.company_id
            if company not in rules:
                rules[company] = self.env["power.fault.priority.rule"]._get_rules(company)
            reasons = fault_priority.judge(
                fault._get_priority_facts(repeats.get(fault.supply_point_id.id, 0)),
                rules[company],
            )
            fault.priority_points = sum(reason.points for reason in reasons)
            fault.priority = fault_priority.band(
                fault.priority_points, company._get_power_priority_bands()
            )

    @api.depends("priority_points")
    @api.depends_context("lang")
    def _compute_priority_note(self):
        labels = dict(
            self.env["power.fault.priority.rule"]._fields["fact"]._description_selection(self.env)
        )
        repeats = self._count_repeats()
        for fault in self:
            reasons = fault_priority.judge(
                fault._get_priority_facts(repeats.get(fault.supply_point_id.id, 0)),
                self.env["power.fault.priority.rule"]._get_rules(fault.company_id),
            )
            fault.priority_note = "\n".join(
                self.env._(
                    "%(points)s points: %(fact)s (%(value)s)",
                    points=reason.points,
                    fact=labels[reason.fact],
                    value=fault._describe_fact(reason),
                )
                for reason in reasons
            )

    def write(self, vals):
        """Who becomes urgent alarms then; an outage that grows is one matter and does not."""
        if "outage_id" in vals or not _RAISING & vals.keys():
            return super().write(vals)
        calm = self.filtered(lambda fault: fault.is_open and not fault._is_alarming())
        result = super().write(vals)
        rising = calm.filtered(lambda fault: fault.is_open and fault._is_alarming())
        if rising:
            rising._alarm()
        return result

    def _is_alarming(self):
        """Hook: whether the dispatcher is alarmed: urgent, or an important customer."""
        self.ensure_one()
        return (
            self.priority == "3"
            or fault_priority.LEVEL_RANK.get(self._get_important_level(), 0) >= _ALARMING_RANK
        )

    def _describe_fact(self, reason):
        """Return the value of a fact as people say it."""
        if reason.fact == "important_level":
            levels = self.partner_id._fields["power_important_level"]._description_selection(
                self.env
            )
            return dict(levels).get(self._get_important_level(), "")
        if reason.fact == "service_level":
            return self.partner_id.power_service_level_id.name
        if reason.fact in ("danger", "life_support"):
            return self.env._("yes")
        return str(reason.value)

    def _get_important_level(self):
        self.ensure_one()
        if self.supply_point_id:
            return self.supply_point_id.important_level
        return self.partner_id.power_important_level

    def _get_priority_facts(self, repeats):
        """Hook: return {fact: value} of one fault.

        :param int repeats: earlier faults at the supply point
        """
        self.ensure_one()
        point, partner = self.supply_point_id, self.partner_id.sudo()
        return {
            "danger": int(self.danger),
            "life_support": int(point.life_support if point else partner.power_life_support),
            "important_level": fault_priority.LEVEL_RANK.get(self._get_important_level(), 0),
            "customers": self.customers_affected,
            "service_level": int(partner.power_service_level_id.fault_priority or 0),
            "repeat": repeats + int(bool(self.parent_id)),
        }

    def _count_repeats(self):
        """Return {supply point id: number of earlier faults within the last 30 days}."""
        points = self.supply_point_id.ids
        if not points:
            return {}
        since = fields.Datetime.now() - timedelta(days=_REPEAT_DAYS)
        self.flush_model(["date_reported", "state", "supply_point_id"])
        # in words of the database: it is asked with each report
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT supply_point_id, count(*) FROM power_fault
                     WHERE supply_point_id = ANY(%s) AND date_reported >= %s AND id <> ALL(%s)
                       AND state <> 'cancelled'
                     GROUP BY supply_point_id
                    """,
                    points,
                    since,
                    self.ids,
                )
            )
        )
