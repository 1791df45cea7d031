from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import electrical, supply_compliance
from ..tools.supply_compliance import Demand


class PowerSupplyPoint(models.Model):
    """A place where a customer is supplied (用电户): what is metered, billed and switched."""

    _name = "power.supply.point"
    _description = "Supply point"
    _inherit = [
        "power.state.mixin",
        "power.joined.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "portal.mixin",
    ]
    _order = "number, id"
    _rec_names_search = ["number", "name"]
    _check_company_auto = True

    _TRANSITIONS = {
        "applied": ("active",),
        "active": ("suspended", "closed"),
        "suspended": ("active", "closed"),
        "closed": (),
    }
    # Those that stood before the program did are entered as they are.
    _ENTRY_STATES = ("applied", "active", "suspended", "closed")
    _LIVE_STATES = ("applied", "active", "suspended")
    _CLOSED_FROZEN_FIELDS = frozenset({"number", "partner_id", "company_id"})

    number = fields.Char(
        string="Point number",
        required=True,
        copy=False,
        readonly=False,
        default="",
        index="trigram",
        tracking=True,
    )
    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, index="trigram"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    payer_id = fields.Many2one(
        "res.partner",
        compute="_compute_payer_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Who gets the bills; the customer unless another is given.",
    )
    street = fields.Char()
    street2 = fields.Char()
    zip = fields.Char()
    city = fields.Char()
    state_id = fields.Many2one(
        "res.country.state",
        string="Province",
        domain="[('country_id', '=?', country_id)]",
        ondelete="restrict",
    )
    country_id = fields.Many2one(
        "res.country",
        ondelete="restrict",
        default=lambda self: self.env.company.country_id,
    )
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    area_id = fields.Many2one(
        "power.area", index=True, ondelete="restrict", check_company=True, tracking=True
    )
    usage_category_id = fields.Many2one(
        "power.usage.category",
        string="Usage category",
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    voltage_class = fields.Selection(
        electrical.VOLTAGE_CLASSES, string="Voltage", required=True, default="220v", tracking=True
    )
    is_high_voltage = fields.Boolean(
        string="High voltage", compute="_compute_is_high_voltage", store=True, precompute=True
    )
    phases = fields.Selection(
        [("single", "Single phase"), ("three", "Three phase")],
        required=True,
        compute="_compute_phases",
        store=True,
        readonly=False,
        precompute=True,
    )
    metering_mode = fields.Selection(
        [
            ("hv_hv", "High-voltage supply, high-voltage metering"),
            ("hv_lv", "High-voltage supply, low-voltage metering"),
            ("lv_lv", "Low-voltage supply, low-voltage metering"),
        ],
        string="Metering mode",
        required=True,
        compute="_compute_metering_mode",
        store=True,
        readonly=False,
        precompute=True,
    )
    capacity_kva = fields.Float(string="Capacity (kVA)", digits=(16, 2), tracking=True)
    demand_kw = fields.Float(string="Contracted demand (kW)", digits=(16, 2), tracking=True)
    safety_load_kw = fields.Float(
        string="Safety load (kW)",
        digits=(16, 2),
        help="Load that must stay on for safety.",
    )
    allowed_interruption_s = fields.Float(
        string="Allowed interruption (s)",
        digits=(16, 3),
        help="Longest interruption the load stands; 0: not stated.",
    )
    source_ids = fields.One2many("power.supply.source", "supply_point_id", string="Supply sources")
    generator_ids = fields.One2many(
        "power.generator", "supply_point_id", string="Own emergency sources"
    )
    boundary = fields.Text(
        string="Ownership boundary",
        help="Where the utility's equipment ends and the customer's begins.",
    )
    manager_id = fields.Many2one(
        "res.users",
        string="Account manager",
        compute="_compute_manager_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        domain="[('share', '=', False)]",
        check_company=True,
        tracking=True,
    )
    life_support = fields.Boolean(
        string="Life support",
        tracking=True,
        help="Somebody here depends on electrical life-support equipment.",
    )
    important_level = fields.Selection(
        electrical.IMPORTANT_LEVELS,
        string="Important level",
        compute="_compute_important_level",
        store=True,
        readonly=False,
        precompute=True,
        help="The customer's level; empty it for a place that does not share its importance.",
    )
    compliance_state = fields.Selection(
        [
            ("not_required", "Nothing demanded"),
            ("compliant", "Compliant"),
            ("missing", "Demand not met"),
        ],
        string="Supply compliance",
        compute="_compute_compliance",
        store=True,
    )
    compliance_note = fields.Text(string="Demands not met", compute="_compute_compliance_note")
    security_class = fields.Selection(
        [
            ("A", "A: dual supply and own source"),
            ("B", "B: dual supply only"),
            ("C", "C: own source only"),
            ("D", "D: neither"),
        ],
        string="Security of supply",
        compute="_compute_compliance",
        store=True,
    )
    state = fields.Selection(
        [
            ("applied", "Applied"),
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("closed", "Closed"),
        ],
        string="Status",
        required=True,
        default="applied",
        index=True,
        tracking=True,
    )
    date_applied = fields.Date(string="Applied on", default=fields.Date.context_today, copy=False)
    date_activated = fields.Date(string="Active since", copy=False)
    date_suspended = fields.Date(string="Last suspended on", copy=False)
    date_resumed = fields.Date(string="Last resumed on", copy=False)
    date_closed = fields.Date(string="Closed on", copy=False)
    service_record_ids = fields.One2many(
        "power.service.record", "supply_point_id", string="Service file"
    )
    service_record_count = fields.Integer(
        string="Service records", compute="_compute_service_counts"
    )
    defect_count = fields.Integer(string="Open defects", compute="_compute_service_counts")
    protection_note = fields.Text(string="Protected because", compute="_compute_protection_note")

    _number_company_uniq = models.UniqueIndex(
        "(company_id, number)", "Another supply point of this company has this number already."
    )
    _amounts_positive = models.Constraint(
        "CHECK (capacity_kva >= 0 AND demand_kw >= 0 AND safety_load_kw >= 0"
        " AND allowed_interruption_s >= 0)",
        "Capacity, contracted demand, safety load and allowed interruption cannot be negative.",
    )
    _latitude_range = models.Constraint(
        "CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)",
        "Latitude lies between -90 and 90, longitude between -180 and 180.",
    )

    @api.depends("partner_id")
    def _compute_name(self):
        for point in self:
            point.name = point.name or point.partner_id.name

    @api.depends("partner_id")
    def _compute_payer_id(self):
        for point in self:
            point.payer_id = point.partner_id

    @api.depends("voltage_class")
    def _compute_is_high_voltage(self):
        for point in self:
            point.is_high_voltage = electrical.is_high_voltage(point.voltage_class)

    @api.depends("voltage_class")
    def _compute_phases(self):
        for point in self:
            point.phases = "single" if point.voltage_class == "220v" else "three"

    @api.depends("voltage_class")
    def _compute_metering_mode(self):
        for point in self:
            if not electrical.is_high_voltage(point.voltage_class):
                point.metering_mode = "lv_lv"
            elif point.metering_mode in (False, "lv_lv"):
                point.metering_mode = "hv_hv"

    @api.depends("area_id", "partner_id", "partner_id.power_dedicated_manager_id")
    def _compute_manager_id(self):
        for point in self:
            point.manager_id = (
                point.partner_id.power_dedicated_manager_id
                or point.area_id.manager_id
                or point.manager_id
            )

    @api.depends("partner_id.power_important_level")
    def _compute_important_level(self):
        for point in self:
            point.important_level = point.partner_id.power_important_level

    @api.depends(lambda self: self._get_compliance_triggers())
    def _compute_compliance(self):
        for point in self:
            missing = point._judge_supply()
            if missing is None:
                point.compliance_state = "not_required"
            else:
                point.compliance_state = "missing" if missing else "compliant"
            point.security_class = supply_compliance.security_class(*point._get_supply_facts())

    @api.depends(lambda self: self._get_compliance_triggers())
    @api.depends_context("lang")
    def _compute_compliance_note(self):
        for point in self:
            point.compliance_note = "\n".join(
                point._describe_missing(missing) for missing in point._judge_supply() or ()
            )

    @api.depends("number", "name")
    def _compute_display_name(self):
        for point in self:
            point.display_name = " ".join(filter(None, (point.number, point.name)))

    @api.depends("important_level", "life_support", "partner_id.power_life_support")
    @api.depends_context("lang")
    def _compute_protection_note(self):
        for point in self:
            point.protection_note = "\n".join(point._get_protection_reasons())

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for point in self:
            point.access_url = f"/my/power/points/{point.id}"
        return result

    def _compute_service_counts(self):
        records = dict(
            self.env["power.service.record"]._read_group(
                [("supply_point_id", "in", self.ids)], ["supply_point_id"], ["__count"]
            )
        )
        defects = dict(
            self.env["power.defect"]._read_group(
                [("supply_point_id", "in", self.ids), ("state", "!=", "verified")],
                ["supply_point_id"],
                ["__count"],
            )
        )
        for point in self:
            point.service_record_count = records.get(point, 0)
            point.defect_count = defects.get(point, 0)

    @api.constrains("voltage_class", "metering_mode")
    def _check_metering_mode(self):
        for point in self:
            if (point.metering_mode == "lv_lv") == point.is_high_voltage:
                raise ValidationError(
                    self.env._(
                        "Supply point %(number)s: the metering mode “%(mode)s” does not go with "
                        "the voltage %(voltage)s. Low-voltage points are metered at low voltage; "
                        "points of 10 kV and more need one of the high-voltage supply modes.",
                        number=point.number,
                        mode=dict(point._fields["metering_mode"]._description_selection(self.env))[
                            point.metering_mode
                        ],
                        voltage=dict(electrical.VOLTAGE_CLASSES)[point.voltage_class],
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        unnumbered = [vals for vals in vals_list if not vals.get("number")]
        numbers = self.env["ir.sequence"]._draw_unused(
            "power.supply.point", self.browse(), "number", len(unnumbered)
        )
        for vals, number in zip(unnumbered, numbers, strict=True):
            vals["number"] = number
        for vals in vals_list:
            if vals.get("state", "applied") != "applied":
                for field, value in self._prepare_state_vals(vals["state"]).items():
                    vals.setdefault(field, value)
        points = super().create(vals_list)
        points.partner_id._make_power_customers()
        return points

    def write(self, vals):
        self._check_closed_frozen(vals)
        if vals.get("active") is False:
            self._check_archive()
        result = super().write(vals)
        if vals.get("partner_id"):
            self.partner_id._make_power_customers()
        return result

    def _check_closed_frozen(self, vals):
        frozen = self._CLOSED_FROZEN_FIELDS & vals.keys()
        for point in self.filtered(lambda point: point.state == "closed") if frozen else ():
            for name in frozen:
                field = self._fields[name]
                if field.convert_to_write(point[name], point) != (vals[name] or False):
                    raise UserError(
                        self.env._(
                            "Supply point %(point)s is closed: its %(field)s cannot be changed "
                            "any more. Create a new supply point instead.",
                            point=point.display_name,
                            field=field._description_string(self.env),
                        )
                    )

    def _check_archive(self):
        for point in self.filtered(lambda point: point.state in ("active", "suspended")):
            raise UserError(
                self.env._(
                    "Supply point %(point)s is in use. Close it before archiving it.",
                    point=point.display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for point in self.filtered(lambda point: point.state != "applied"):
            raise UserError(
                self.env._(
                    "Supply point %(point)s has been in use and cannot be deleted. Close it and "
                    "archive it instead.",
                    point=point.display_name,
                )
            )

    def _prepare_state_vals(self, target):
        stamp = {
            "active": "date_resumed" if self.state == "suspended" else "date_activated",
            "suspended": "date_suspended",
            "closed": "date_closed",
        }.get(target)
        return {stamp: self.env.company._get_power_today()} if stamp else {}

    def action_activate(self):
        return self._set_state("active")

    def action_suspend(self):
        return self._set_state("suspended")

    def action_resume(self):
        return self._set_state("active")

    def action_close(self):
        return self._set_state("closed")

    def _get_protection_reasons(self):
        """Say why this point must not be cut off, dunned or switched without asking first.

        :return: list of sentences for people, empty when nothing protects the point. Other
            add-ons call super and append (an open dispute, a hospital's notice ...).
        :rtype: list[str]
        """
        self.ensure_one()
        reasons = []
        if self.important_level:
            labels = dict(self._fields["important_level"]._description_selection(self.env))
            reasons.append(
                self.env._("Important customer: %(level)s.", level=labels[self.important_level])
            )
        if self.life_support or self.partner_id.power_life_support:
            reasons.append(
                self.env._("Somebody depends on electrical life-support equipment here.")
            )
        return reasons

    def _get_compliance_triggers(self):
        """Hook: fields the judgement of the supply depends on."""
        return [
            "important_level",
            "safety_load_kw",
            "allowed_interruption_s",
            "company_id.power_generator_margin",
            "source_ids.substation",
            "source_ids.bus_section",
            "source_ids.feeder",
            "generator_ids.capacity_kw",
            "generator_ids.transfer_time_s",
            "generator_ids.interlock",
        ]

    def _get_supply_facts(self):
        """Return the kernel's (sources, generators) of one point."""
        self.ensure_one()
        return (
            [source._to_kernel() for source in self.source_ids],
            [generator._to_kernel() for generator in self.generator_ids],
        )

    def _judge_supply(self):
        """Return the demands not met (kernel ``Missing``), or None where nothing is demanded."""
        self.ensure_one()
        sources, generators = self._get_supply_facts()
        return supply_compliance.judge(
            self.important_level or None,
            sources,
            generators,
            safety_load_kw=Decimal(str(round(self.safety_load_kw, 2))),
            margin_percent=Decimal(str(self.company_id.power_generator_margin)),
            allowed_interruption_s=Decimal(str(round(self.allowed_interruption_s, 3))) or None,
        )

    def _describe_missing(self, missing):
        """Say in the user's language which demand is not met."""
        figures = {
            "needed": f"{missing.needed.normalize():f}",
            "present": f"{missing.present.normalize():f}",
        }
        texts = {
            Demand.SUPPLIES: self.env._(
                "Supplies: %(needed)s demanded, %(present)s recorded (different bus sections or "
                "substations).",
                **figures,
            ),
            Demand.SUBSTATIONS: self.env._(
                "Supplies from %(needed)s different substations demanded, %(present)s recorded.",
                **figures,
            ),
            Demand.CIRCUITS: self.env._(
                "Circuits: %(needed)s demanded, %(present)s recorded.", **figures
            ),
            Demand.GENERATOR: self.env._("No own emergency source."),
            Demand.SAFETY_LOAD: self.env._(
                "The safety load is not recorded, so the emergency sources cannot be judged."
            ),
            Demand.GENERATOR_CAPACITY: self.env._(
                "Own emergency sources: %(needed)s kW demanded (%(margin)s %% of the safety "
                "load), %(present)s kW recorded.",
                margin=f"{self.company_id.power_generator_margin:g}",
                **figures,
            ),
            Demand.TRANSFER_TIME: self.env._(
                "Own emergency sources take over after %(present)s s; at most %(needed)s s are "
                "allowed.",
                **figures,
            ),
            Demand.INTERLOCK: self.env._(
                "%(present)s own emergency sources have no lock against back-feed.", **figures
            ),
        }
        return texts[missing.demand]

    def action_open_service_records(self):
        return self._open_related("power_crm.power_service_record_action")

    def action_open_defects(self):
        return self._open_related("power_crm.power_defect_action")

    def _open_related(self, xmlid):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(xmlid),
            "domain": [("supply_point_id", "=", self.id)],
            "context": {
                "default_supply_point_id": self.id,
                "default_partner_id": self.partner_id.id,
            },
        }
