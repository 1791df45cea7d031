from odoo import api, fields, models

from ..tools.exact import exact

LOSS_NUMBERS = (
    "rated_kva",
    "no_load_kw",
    "load_loss_kw",
    "no_load_current_pct",
    "impedance_pct",
    "shape",
    "hours",
    "iron_kwh",
    "copper_pct",
    "line_pct",
)
# 功率因数调整电费办法 (83)水电财字第215号: the least capacity and the standard of each group.
PF_FROM_KVA = 100
PF_HIGH_ABOVE_KVA = 160


class PowerSupplyFact(models.Model):
    """What a bill needs to know of a supply point beyond its readings, from a day on."""

    _name = "power.supply.fact"
    _description = "Billing Facts of a Supply Point"
    _inherit = ["power.supply.dated", "mail.thread"]

    _dated_field = "fact_ids"
    # Carried over from the record before when a new one is made.
    _CARRIED = (
        "demand_choice",
        "contract_demand_kw",
        "capacity_kva",
        "hv_motor_kw",
        "pf_standard",
        "household_extra_from",
        "loss_method",
        "loss_period",
        *(f"loss_{name}" for name in LOSS_NUMBERS),
    )

    date_requested = fields.Date(
        string="Asked for on",
        default=fields.Date.context_today,
        help="The day on which the customer applied; the rules of change count from it.",
    )
    capacity_kva = fields.Float(string="Capacity (kVA)", digits=(16, 2), tracking=True)
    hv_motor_kw = fields.Float(
        string="High-voltage motors (kW)",
        digits=(16, 2),
        help="Motors fed directly at high voltage; 1 kW counts as 1 kVA.",
    )
    demand_choice = fields.Selection(
        selection=[
            ("capacity", "Capacity"),
            ("contract", "Contract demand"),
            ("actual", "Actual maximum demand"),
        ],
        string="Basic charge by",
        tracking=True,
        help="What the basic charge of a two-part tariff is paid on.",
    )
    contract_demand_kw = fields.Float(string="Contract demand (kW)", digits=(16, 2), tracking=True)
    pf_standard = fields.Selection(
        selection=[("0.90", "0.90"), ("0.85", "0.85"), ("0.80", "0.80")],
        string="Power factor standard",
        tracking=True,
        help="Empty: no power-factor adjustment.",
    )
    household_extra_from = fields.Date(
        string="Large household from",
        help="From this day the tiers are wider, as the tariff says (一户多人口).",
    )
    loss_method = fields.Selection(
        selection=[
            ("formula", "By the transformer's data"),
            ("percent", "Iron loss and percentage"),
            ("table", "By table"),
            ("agreed", "As agreed"),
        ],
        string="Losses",
        tracking=True,
        help="Losses between the boundary and the meter, added to what it measured; empty: none.",
    )
    loss_rated_kva = fields.Float(string="Rated capacity (kVA)", digits=(16, 2))
    loss_no_load_kw = fields.Float(string="No-load loss (kW)", digits=(16, 4))
    loss_load_loss_kw = fields.Float(string="Load loss (kW)", digits=(16, 4))
    loss_no_load_current_pct = fields.Float(string="No-load current (%)", digits=(16, 4))
    loss_impedance_pct = fields.Float(string="Impedance (%)", digits=(16, 4))
    loss_shape = fields.Float(string="Load shape factor", digits=(16, 4), default=1.0)
    loss_hours = fields.Float(string="Hours a month", digits=(16, 2), default=720)
    loss_iron_kwh = fields.Float(string="Iron loss (kWh a month)", digits=(16, 2))
    loss_copper_pct = fields.Float(string="Copper loss (%)", digits=(16, 4))
    loss_line_pct = fields.Float(string="Line loss (%)", digits=(16, 4))
    loss_period = fields.Char(
        string="Period of the losses", default="flat", help="Code of the period they are put in."
    )
    loss_row_ids = fields.One2many(
        comodel_name="power.supply.loss.row", inverse_name="fact_id", string="Loss table", copy=True
    )
    warning = fields.Text(compute="_compute_warning", string="Rules of change")
    note = fields.Char()

    _day_uniq = models.UniqueIndex(
        "(supply_point_id, date_from)", "The supply point already has facts from that day."
    )
    _positive = models.Constraint(
        "CHECK (capacity_kva >= 0 AND hv_motor_kw >= 0 AND contract_demand_kw >= 0)",
        "Capacity, motors and contract demand cannot be below zero.",
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        known = self._get_known_vals(values.get("supply_point_id"))
        return {**values, **{name: known[name] for name in fields_list if name in known}}

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [{**self._get_known_vals(vals.get("supply_point_id")), **vals} for vals in vals_list]
        )

    @api.model
    def _get_known_vals(self, point_id):
        """Return what is true of a point before; else what the supply point itself says."""
        point = self.env["power.supply.point"].browse(point_id or ())
        if not point:
            return {}
        last = point.fact_ids.sorted("date_from")[-1:]
        return last._get_carried_vals() if last else self._prepare_vals_from_point(point)

    def _get_carried_vals(self):
        self.ensure_one()
        return {
            name: self._fields[name].convert_to_write(self[name], self) for name in self._CARRIED
        }

    @api.model
    def _prepare_vals_from_point(self, point):
        """Return the facts that a point without a record has."""
        return {
            "capacity_kva": point.capacity_kva,
            "contract_demand_kw": point.demand_kw,
            "demand_choice": "contract" if point.demand_kw else "capacity",
            "pf_standard": self._get_pf_standard(point),
        }

    @api.model
    def _get_pf_standard(self, point):
        """Return the standard of 水电财字第215号 for a point's category, voltage and capacity."""
        kind = point.usage_category_id.kind
        if kind == "residential" or point.capacity_kva < PF_FROM_KVA:
            return False
        if kind == "agricultural":
            return "0.80"
        high = point.is_high_voltage and point.capacity_kva > PF_HIGH_ABOVE_KVA
        return "0.90" if high else "0.85"

    @api.depends(
        "supply_point_id.fact_ids.date_from",
        "date_from",
        "date_requested",
        "demand_choice",
        "contract_demand_kw",
    )
    @api.depends_context("lang")
    def _compute_warning(self):
        rules = self.env["power.change.rule"]
        for fact in self:
            before = fact.supply_point_id.fact_ids.filtered(
                lambda other, fact=fact: (
                    fact.date_from and other.date_from and other.date_from < fact.date_from
                )
            ).sorted("date_from")[-1:]
            codes = []
            if before and before.demand_choice != fact.demand_choice:
                codes.append("demand_choice")
            if before and before.contract_demand_kw != fact.contract_demand_kw:
                codes.append("contract_demand")
            warnings = [
                rules._get_rule(code, fact.date_from, fact.company_id)._get_warning(
                    fact.date_requested, fact.date_from, fact.company_id
                )
                for code in codes
            ]
            fact.warning = "\n".join(filter(None, warnings)) or False

    # === Plain data for the rating kernel === #

    def _get_determinants(self):
        """Return this record as plain data; numbers are text, days ISO."""
        self.ensure_one()
        data = self._prepare_determinants(
            self.supply_point_id,
            {name: self[name] for name in ("capacity_kva", "contract_demand_kw", "hv_motor_kw")},
            self.demand_choice,
            self.pf_standard,
        )
        if self.household_extra_from:
            data["household_extra_from"] = self.household_extra_from.isoformat()
        if self.loss_method:
            data["loss"] = self._get_loss_determinants()
        return {
            "date_from": self.date_from.isoformat(),
            "date_to": self.date_to.isoformat() if self.date_to else None,
            **data,
        }

    @api.model
    def _get_point_determinants(self, point):
        """Return what is known of a point without a record, as plain data without its days."""
        vals = self._prepare_vals_from_point(point)
        return self._prepare_determinants(point, vals, vals["demand_choice"], vals["pf_standard"])

    @api.model
    def _prepare_determinants(self, point, numbers, demand_choice, pf_standard):
        data = {name: str(exact(value, 2)) for name, value in numbers.items() if name in _NUMBERS}
        data["demand_choice"] = demand_choice or None
        data["pf_standard"] = pf_standard or None
        activated = fields.Date.to_date(point.date_activated)
        if activated:
            data["supplied_from"] = activated.isoformat()
        return data

    def _get_loss_determinants(self):
        self.ensure_one()
        loss = {"method": self.loss_method, "period": self.loss_period or "flat"}
        loss |= {
            name: str(exact(self[f"loss_{name}"], 4))
            for name in LOSS_NUMBERS
            if self[f"loss_{name}"]
        }
        if self.loss_method == "table":
            loss["table"] = [row._get_determinants() for row in self.loss_row_ids]
        return loss


_NUMBERS = frozenset({"capacity_kva", "contract_demand_kw", "hv_motor_kw"})
