from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class PowerMeter(models.Model):
    _name = "power.meter"
    _description = "Meter"
    _inherit = ["mail.thread"]
    _order = "number, id"
    _rec_name = "number"
    _rec_names_search = ["number", "supply_point_id.number"]
    _check_company_auto = True

    number = fields.Char(required=True, index="trigram", tracking=True, copy=False)
    active = fields.Boolean(default=True)
    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point",
        string="Supply point",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    partner_id = fields.Many2one(related="supply_point_id.partner_id", string="Customer")
    company_id = fields.Many2one(
        related="supply_point_id.company_id", store=True, index=True, precompute=True
    )
    ct_ratio = fields.Float(
        string="Current ratio",
        digits=(16, 4),
        default=1.0,
        help="Ratio of the current transformers, for example 40 for 200/5 A.",
    )
    pt_ratio = fields.Float(
        string="Voltage ratio",
        digits=(16, 4),
        default=1.0,
        help="Ratio of the voltage transformers, for example 100 for 10/0.1 kV.",
    )
    multiplier = fields.Float(
        digits=(16, 4),
        compute="_compute_multiplier",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="kWh for one unit of the register.",
    )
    digits = fields.Integer(
        string="Whole digits", default=6, help="Digits of the register before the point."
    )
    date_installed = fields.Date(
        string="Installed on", required=True, default=fields.Date.context_today, tracking=True
    )
    initial_value = fields.Float(string="Initial reading", digits=(16, 2))
    date_removed = fields.Date(string="Removed on", tracking=True)
    register_ids = fields.One2many(
        comodel_name="power.meter.register", inverse_name="meter_id", string="Registers"
    )
    main_register_id = fields.Many2one(
        comodel_name="power.meter.register",
        compute="_compute_main_register_id",
        help="The register of the whole active energy.",
    )
    is_plain = fields.Boolean(
        string="One register",
        compute="_compute_main_register_id",
        help="Counts active energy only, over the whole day.",
    )
    reading_ids = fields.One2many(
        comodel_name="power.meter.reading", inverse_name="meter_id", string="Readings"
    )
    last_reading_id = fields.Many2one(
        comodel_name="power.meter.reading",
        compute="_compute_last_reading_id",
    )
    last_value = fields.Float("Last value", digits=(16, 2), compute="_compute_last_reading_id")
    last_date = fields.Date(string="Last read on", compute="_compute_last_reading_id")
    note = fields.Text()

    _number_uniq = models.UniqueIndex(
        "(company_id, number)", "Another meter of the company has this number."
    )
    _multiplier_positive = models.Constraint(
        "CHECK (multiplier > 0)", "The multiplier must be above zero."
    )
    _digits_range = models.Constraint(
        "CHECK (digits BETWEEN 1 AND 12)", "A register has between 1 and 12 whole digits."
    )
    _dates_order = models.Constraint(
        "CHECK (date_removed IS NULL OR date_installed <= date_removed)",
        "A meter cannot be removed before it was installed.",
    )

    @api.depends("ct_ratio", "pt_ratio")
    def _compute_multiplier(self):
        for meter in self:
            meter.multiplier = (meter.ct_ratio or 1.0) * (meter.pt_ratio or 1.0)

    @api.depends("register_ids.is_main", "register_ids.active", "register_ids.sequence")
    def _compute_main_register_id(self):
        for meter in self:
            main = meter.register_ids.filtered("is_main")
            meter.main_register_id = main[:1]
            meter.is_plain = meter.register_ids == main and len(main) == 1

    @api.depends("reading_ids.date", "reading_ids.value", "reading_ids.state")
    def _compute_last_reading_id(self):
        groups = self.env["power.meter.reading"]._read_group(
            [
                ("meter_id", "in", self.ids),
                ("register_id.is_main", "=", True),
                ("state", "in", ("validated", "billed")),
            ],
            ["meter_id"],
            ["date:max"],
        )
        last = {meter.id: day for meter, day in groups}
        readings = self.env["power.meter.reading"].search(
            [
                ("meter_id", "in", self.ids),
                ("register_id.is_main", "=", True),
                ("date", "in", list(set(last.values()))),
            ]
        )
        by_key = {(reading.meter_id.id, reading.date): reading for reading in readings}
        for meter in self:
            reading = by_key.get((meter.id, last.get(meter.id)))
            meter.last_reading_id = reading
            meter.last_value = reading.value if reading else 0.0
            meter.last_date = reading.date if reading else False

    @api.model_create_multi
    def create(self, vals_list):
        meters = super().create(vals_list)
        self.env["power.meter.register"].create(
            [
                meter._prepare_main_register_vals()
                for meter in meters
                if not meter.register_ids.filtered("is_main")
            ]
        )
        return meters

    def write(self, vals):
        if {"multiplier", "ct_ratio", "pt_ratio", "digits", "supply_point_id"} & vals.keys():
            self._check_not_billed()
        installed = {meter: meter.date_installed for meter in self}
        result = super().write(vals)
        if {"multiplier", "ct_ratio", "pt_ratio", "digits"} & vals.keys():
            self.reading_ids._refresh_chain()
        if {"date_installed", "initial_value"} & vals.keys():
            self._check_not_billed()
            for meter in self:
                meter._align_registers(installed[meter])
        return result

    def _align_registers(self, installed):
        """Let the registers begin with the meter.

        :param installed: the day on which it began before
        """
        main = self.main_register_id
        for register in self.register_ids:
            vals = {}
            if register.date_from == installed:
                vals["date_from"] = self.date_installed
            if register == main:
                vals["initial_value"] = self.initial_value
            if vals:
                register.write(vals)

    def _check_not_billed(self):
        billed = self.env["power.meter.reading"].search(
            [("meter_id", "in", self.ids), ("state", "=", "billed")], limit=1
        )
        if billed:
            raise UserError(
                self.env._(
                    "Meter %(meter)s has been billed: its multiplier, digits, place and start can "
                    "no longer change. Remove it on a date and install a new one.",
                    meter=billed.meter_id.number,
                )
            )

    def _prepare_main_register_vals(self):
        self.ensure_one()
        return {"meter_id": self.id, "sequence": 1, "initial_value": self.initial_value}

    def _get_billed_until(self):
        """Return the day of the last billed reading, or nothing."""
        self.ensure_one()
        billed = self.env["power.meter.reading"].search(
            [("meter_id", "=", self.id), ("state", "=", "billed")], order="date desc", limit=1
        )
        return billed.date

    @api.constrains("date_removed")
    def _check_removed_after_readings(self):
        for meter in self.filtered("date_removed"):
            later = meter.reading_ids.filtered(lambda r, m=meter: r.date > m.date_removed)
            if later:
                raise ValidationError(
                    self.env._(
                        "Meter %(meter)s has a reading of %(date)s: it cannot be removed before.",
                        meter=meter.number,
                        date=max(later.mapped("date")),
                    )
                )

    def action_view_readings(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_meter_reading_action"
        )
        return {
            **action,
            "domain": [("meter_id", "=", self.id)],
            "context": {"default_meter_id": self.id, "search_default_main": self.is_plain},
        }

    def action_enter_readings(self):
        """Type all registers of the meter at once."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter readings"),
            "res_model": "power.reading.entry",
            "view_mode": "form",
            "target": "new",
            "context": {"default_meter_id": self.id},
        }

    def action_add_registers(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add registers"),
            "res_model": "power.meter.register.add",
            "view_mode": "form",
            "target": "new",
            "context": {"default_meter_id": self.id},
        }
