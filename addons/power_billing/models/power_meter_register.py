from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

QUANTITIES = [
    ("active", "Active energy"),
    ("reactive", "Reactive energy"),
    ("demand", "Maximum demand"),
    ("active_export", "Active energy fed back"),
    ("reactive_export", "Reactive energy fed back"),
]
UNITS = {"active": "kWh", "active_export": "kWh", "demand": "kW"}
REACTIVE_UNIT = "kvarh"


def get_unit(quantity):
    """Return the unit in which a quantity is counted."""
    return UNITS.get(quantity, REACTIVE_UNIT)


class PowerMeterRegister(models.Model):
    """One counter of a meter: what it counts, in which period of the day, on which line.

    A plain meter has exactly one, of active energy over the whole day.
    """

    _name = "power.meter.register"
    _description = "Meter Register"
    _order = "meter_id, sequence, id"
    _check_company_auto = True

    _BILLED_FIELDS = frozenset(
        {"meter_id", "quantity", "period", "line", "digits", "multiplier", "date_from"}
    )

    meter_id = fields.Many2one(
        comodel_name="power.meter", required=True, index=True, ondelete="cascade"
    )
    supply_point_id = fields.Many2one(related="meter_id.supply_point_id")
    company_id = fields.Many2one(
        related="meter_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    quantity = fields.Selection(selection=QUANTITIES, required=True, default="active")
    period = fields.Selection(
        selection="_get_periods",
        help="The period of the day in which it counts; empty: the whole day.",
    )
    line = fields.Char(help="Number of the incoming line, where several are measured.")
    digits = fields.Integer(
        string="Whole digits",
        compute="_compute_from_meter",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Digits of the register before the point.",
    )
    multiplier = fields.Float(
        digits=(16, 4),
        compute="_compute_multiplier",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="kWh, kvarh or kW for one unit of the register; the meter's unless changed.",
    )
    date_from = fields.Date(
        string="Counts from",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Day of its initial reading.",
    )
    initial_value = fields.Float(string="Initial reading", digits=(16, 2))
    is_main = fields.Boolean(
        string="Whole active energy",
        compute="_compute_is_main",
        store=True,
        precompute=True,
        help="Counts all the active energy of the meter, as plain meters do.",
    )
    unit = fields.Char(compute="_compute_unit")
    reading_ids = fields.One2many(
        comodel_name="power.meter.reading", inverse_name="register_id", string="Readings"
    )

    _what_uniq = models.UniqueIndex(
        "(meter_id, quantity, coalesce(period, ''), coalesce(line, '')) WHERE active",
        "The meter already has a register of this quantity, period and line.",
    )
    _multiplier_positive = models.Constraint(
        "CHECK (multiplier > 0)", "The multiplier must be above zero."
    )
    _digits_range = models.Constraint(
        "CHECK (digits BETWEEN 1 AND 12)", "A register has between 1 and 12 whole digits."
    )

    def init(self):
        """Give meters that have none their register of active energy."""
        self.env.cr.execute(
            """
            INSERT INTO power_meter_register (
                create_uid, create_date, write_uid, write_date, meter_id, company_id, sequence,
                active, quantity, digits, multiplier, date_from, initial_value, is_main)
            SELECT m.create_uid, m.create_date, m.write_uid, m.write_date, m.id, m.company_id, 10,
                   TRUE, 'active', m.digits, m.multiplier, m.date_installed, m.initial_value, TRUE
              FROM power_meter m
             WHERE NOT EXISTS (SELECT FROM power_meter_register r WHERE r.meter_id = m.id)
            """
        )

    @api.model
    def _get_periods(self):
        return list(self.env["power.tariff.period"]._get_labels().items())

    @api.depends("meter_id.digits")
    def _compute_from_meter(self):
        for register in self:
            register.digits = register.meter_id.digits or 6

    @api.depends("meter_id.multiplier")
    def _compute_multiplier(self):
        for register in self:
            register.multiplier = register.meter_id.multiplier or 1.0

    @api.depends("meter_id")
    def _compute_date_from(self):
        for register in self:
            register.date_from = register.date_from or register.meter_id.date_installed

    @api.depends("quantity", "period")
    def _compute_is_main(self):
        for register in self:
            register.is_main = register.quantity == "active" and not register.period

    @api.depends("quantity")
    def _compute_unit(self):
        for register in self:
            register.unit = get_unit(register.quantity)

    @api.depends("quantity", "period", "line")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("quantity", "period")
        }
        for register in self:
            parts = [labels["quantity"].get(register.quantity)]
            if register.period:
                parts.append(labels["period"].get(register.period, register.period))
            if register.line:
                parts.append(self.env._("line %s", register.line))
            register.display_name = " · ".join(filter(None, parts))

    @api.model_create_multi
    def create(self, vals_list):
        registers = super().create(vals_list)
        self.env["power.meter.reading"].create(
            [register._prepare_initial_reading_vals() for register in registers]
        )
        return registers

    def write(self, vals):
        if self._BILLED_FIELDS & vals.keys():
            self._check_not_billed()
        result = super().write(vals)
        if {"date_from", "initial_value"} & vals.keys():
            for register in self:
                initial = register.reading_ids.filtered(lambda r: r.kind == "initial")
                initial.write({"date": register.date_from, "value": register.initial_value})
        if {"multiplier", "digits", "quantity"} & vals.keys():
            self.flush_recordset()
            self.reading_ids._refresh_chain()
        return result

    @api.constrains("active", "quantity", "period")
    def _check_main_stays(self):
        for meter in self.meter_id:
            if not meter.register_ids.filtered("is_main"):
                raise ValidationError(
                    self.env._(
                        "Meter %s needs a register of its whole active energy. Keep it, or remove "
                        "the meter on a date.",
                        meter.number,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self._check_not_billed()

    def _check_not_billed(self):
        billed = self.env["power.meter.reading"].search(
            [("register_id", "in", self.ids), ("state", "=", "billed")], limit=1
        )
        if billed:
            raise UserError(
                self.env._(
                    "Register “%(register)s” of meter %(meter)s has been billed and can no longer "
                    "change. Archive it, or install another meter.",
                    register=billed.register_id.display_name,
                    meter=billed.meter_id.number,
                )
            )

    def _prepare_initial_reading_vals(self):
        self.ensure_one()
        return {
            "meter_id": self.meter_id.id,
            "register_id": self.id,
            "date": self.date_from,
            "value": self.initial_value,
            "kind": "initial",
            "state": "validated",
        }

    def _get_label(self):
        """Return how people call the register: the meter's number, and what it counts."""
        self.ensure_one()
        number = self.meter_id.number
        return number if self.is_main and not self.line else f"{number} ({self.display_name})"
