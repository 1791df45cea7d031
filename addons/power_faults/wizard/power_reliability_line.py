from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# What each figure is a share of.
_WEIGHTS = {
    "saifi": "served",
    "saidi": "served",
    "asai": "served",
    "maifi": "served",
    "cemi": "served",
    "celid": "served",
    "caidi": "interruptions",
    "ctaidi": "affected",
    "caifi": "affected",
}


class PowerReliabilityLine(models.TransientModel):
    """The figures of one area, feeder, month or class."""

    _name = "power.reliability.line"
    _description = "Reliability figure"
    _order = "report_id, month, name, id"

    report_id = fields.Many2one("power.reliability.report", required=True, ondelete="cascade")
    name = fields.Char()
    month = fields.Date()
    area_id = fields.Many2one("power.area")
    feeder_id = fields.Many2one("power.network.node")
    usage_category_id = fields.Many2one("power.usage.category")
    served = fields.Integer(string="Customers served")
    affected = fields.Integer(string="Customers interrupted")
    interruptions = fields.Integer(string="Customer interruptions")
    customer_hours = fields.Float(digits=(16, 2))
    saifi = fields.Float(string="SAIFI", digits=(16, 4), aggregator="avg")
    saidi = fields.Float(string="SAIDI (h)", digits=(16, 4), aggregator="avg")
    caidi = fields.Float(string="CAIDI (h)", digits=(16, 4), aggregator="avg")
    ctaidi = fields.Float(string="CTAIDI (h)", digits=(16, 4), aggregator="avg")
    caifi = fields.Float(string="CAIFI", digits=(16, 4), aggregator="avg")
    asai = fields.Float(string="ASAI", digits=(16, 8), aggregator="avg")
    maifi = fields.Float(string="MAIFI", digits=(16, 4), aggregator="avg")
    cemi = fields.Float(string="CEMIn", digits=(16, 6), aggregator="avg")
    celid = fields.Float(string="CELID", digits=(16, 6), aggregator="avg")

    def _read_group_select(self, aggregate_spec, query):
        """Average figures as they are made: by the customers, or interruptions, behind each."""
        name, _, function = aggregate_spec.partition(":")
        if function != "avg" or name not in _WEIGHTS:
            return super()._read_group_select(aggregate_spec, query)
        value = self._field_to_sql(self._table, name, query)
        weight = self._field_to_sql(self._table, _WEIGHTS[name], query)
        return SQL("SUM(%s * %s) / NULLIF(SUM(%s), 0)", value, weight, weight)

    def action_open_interruptions(self):
        """Show the interruptions behind this line."""
        self.ensure_one()
        domain = self.report_id._get_interruption_domain()
        if self.month:
            domain &= Domain("day", ">=", self.month) & Domain(
                "day", "<=", fields.Date.end_of(self.month, "month")
            )
        group = self.report_id.group
        if group == "area":
            domain &= Domain("point_ids.area_id", "=", self.area_id.id)
        elif group == "feeder":
            domain &= Domain("point_ids.node_id.feeder_id", "=", self.feeder_id.id)
        elif group == "class":
            domain &= Domain("point_ids.usage_category_id", "=", self.usage_category_id.id)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "power_faults.power_interruption_action"
            ),
            "name": self.env._("Interruptions: %(name)s", name=self.name),
            "domain": list(domain),
            "context": {},
        }
