from collections import defaultdict

from odoo import api, fields, models

from ..tools import electrical


class ResPartner(models.Model):
    """The electrical profile of a customer; its facts stand on the supply points."""

    _inherit = "res.partner"

    power_is_customer = fields.Boolean(string="Electricity customer", copy=False)
    power_customer_number = fields.Char(
        string="Customer number", copy=False, index="trigram", tracking=True
    )
    power_supply_point_ids = fields.One2many(
        "power.supply.point", "partner_id", string="Supply points"
    )
    power_supply_point_count = fields.Integer(
        string="Number of supply points", compute="_compute_power_profile", store=True
    )
    power_main_point_id = fields.Many2one(
        "power.supply.point",
        string="Main supply point",
        compute="_compute_power_profile",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        help="The one with the largest capacity.",
    )
    power_voltage_class = fields.Selection(
        electrical.VOLTAGE_CLASSES,
        string="Voltage",
        compute="_compute_power_profile",
        store=True,
        help="The highest of the supply points.",
    )
    power_phases = fields.Selection(
        [("single", "Single phase"), ("three", "Three phase")],
        string="Phases",
        compute="_compute_power_profile",
        store=True,
    )
    power_metering_mode = fields.Selection(
        [
            ("hv_hv", "High-voltage supply, high-voltage metering"),
            ("hv_lv", "High-voltage supply, low-voltage metering"),
            ("lv_lv", "Low-voltage supply, low-voltage metering"),
        ],
        string="Metering mode",
        compute="_compute_power_profile",
        store=True,
    )
    power_usage_category_ids = fields.Many2many(
        "power.usage.category",
        "res_partner_power_usage_category_rel",
        "partner_id",
        "category_id",
        string="Usage categories",
        compute="_compute_power_profile",
        store=True,
    )
    power_capacity_kva = fields.Float(
        string="Capacity (kVA)",
        digits=(16, 2),
        compute="_compute_power_profile",
        store=True,
        help="All supply points together.",
    )
    power_area_id = fields.Many2one(
        "power.area",
        string="Area",
        compute="_compute_power_profile",
        store=True,
        index="btree_not_null",
    )
    power_dedicated_manager_id = fields.Many2one(
        "res.users",
        string="Dedicated account manager",
        index="btree_not_null",
        domain="[('share', '=', False)]",
        tracking=True,
        help="Looks after this customer wherever its supply points are; empty: the manager of "
        "the area does.",
    )
    power_account_manager_id = fields.Many2one(
        "res.users",
        string="Account manager",
        compute="_compute_power_account_manager_id",
        store=True,
        index="btree_not_null",
    )
    power_life_support = fields.Boolean(
        string="Life support",
        compute="_compute_power_profile",
        store=True,
        help="Somebody at one of the supply points depends on electrical life support.",
    )
    power_compliance_state = fields.Selection(
        [
            ("not_required", "Nothing demanded"),
            ("compliant", "Compliant"),
            ("missing", "Demand not met"),
        ],
        string="Supply compliance",
        compute="_compute_power_profile",
        store=True,
    )
    power_important_level = fields.Selection(
        electrical.IMPORTANT_LEVELS, string="Important customer", tracking=True
    )
    power_important_date = fields.Date(
        string="Confirmed on",
        compute="_compute_power_important_date",
        store=True,
        readonly=False,
        tracking=True,
    )
    power_important_reason = fields.Text(string="Reason", groups="base.group_user")
    power_important_authority = fields.Char(
        string="Confirming authority",
        groups="base.group_user",
        help="The government department that confirmed the level.",
    )
    power_important_renewal_date = fields.Date(
        string="Renewal due",
        compute="_compute_power_important_renewal_date",
        store=True,
        readonly=False,
        index="btree_not_null",
        help="The list of important customers is confirmed anew every year.",
    )
    power_industry_id = fields.Many2one(
        "power.industry", string="Industry (GB/T 4754)", index="btree_not_null"
    )
    power_service_level_id = fields.Many2one(
        "power.service.level",
        string="Service level",
        index="btree_not_null",
        groups="base.group_user",
        tracking=True,
    )
    power_contact_channel = fields.Selection(
        [
            ("phone", "Phone"),
            ("sms", "SMS"),
            ("email", "Email"),
            ("portal", "Portal"),
            ("post", "Post"),
            ("visit", "Personal visit"),
        ],
        string="Preferred channel",
    )
    power_do_not_call = fields.Char(
        string="Do not call", help="Hours at which the customer is not to be called."
    )
    power_related_ids = fields.Many2many(
        "res.partner",
        "res_partner_power_related_rel",
        "partner_id",
        "related_id",
        string="Related companies",
        groups="base.group_user",
    )
    power_related_from_ids = fields.Many2many(
        "res.partner",
        "res_partner_power_related_rel",
        "related_id",
        "partner_id",
        string="Named as related by",
        readonly=True,
        groups="base.group_user",
    )

    _power_customer_number_uniq = models.UniqueIndex(
        "(power_customer_number) WHERE power_customer_number IS NOT NULL",
        "Another customer has this customer number already.",
    )
    _power_customer_idx = models.Index("(complete_name, id) WHERE power_is_customer")
    _power_complete_name_trgm = models.Index("USING gin (complete_name gin_trgm_ops)")
    # every column a customer is looked up by needs its own: one without makes the search read all
    _power_email_trgm = models.Index("USING gin (email gin_trgm_ops)")
    _power_ref_trgm = models.Index("USING gin (ref gin_trgm_ops)")
    _power_vat_trgm = models.Index("USING gin (vat gin_trgm_ops)")
    _power_company_registry_trgm = models.Index("USING gin (company_registry gin_trgm_ops)")
    _power_important_idx = models.Index(
        "(power_important_level) WHERE power_important_level IS NOT NULL"
    )

    @property
    def _rec_names_search(self):
        return [*super()._rec_names_search, "power_customer_number"]

    @api.depends(lambda self: self._get_power_profile_triggers())
    def _compute_power_profile(self):
        # writing a many2many reads the old value, record by record unless it is there already
        self.mapped("power_usage_category_ids")
        # most customers share most values: an assignment for each value is far fewer
        owners = defaultdict(list)
        for partner in self:
            for name, value in partner._prepare_power_profile_vals().items():
                owners[name, value].append(partner.id)
        for (name, value), ids in owners.items():
            self.browse(ids)[name] = value

    @api.depends(
        "power_dedicated_manager_id",
        "power_supply_point_ids.manager_id",
        "power_supply_point_ids.state",
        "power_supply_point_ids.capacity_kva",
    )
    def _compute_power_account_manager_id(self):
        for partner in self:
            points = partner._get_power_live_points()
            partner.power_account_manager_id = (
                partner.power_dedicated_manager_id or points.manager_id[:1]
            )

    @api.depends("power_important_level")
    def _compute_power_important_date(self):
        today = self.env.company._get_power_today()
        for partner in self:
            partner.power_important_date = partner.power_important_level and (
                partner.power_important_date or today
            )

    @api.depends("power_important_level", "power_important_date")
    def _compute_power_important_renewal_date(self):
        for partner in self:
            confirmed = partner.power_important_level and partner.power_important_date
            partner.power_important_renewal_date = confirmed and fields.Date.add(confirmed, years=1)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._prepare_power_vals(vals)
            if vals.get("power_customer_number"):
                vals["power_is_customer"] = True
            elif vals.get("parent_id"):
                # the menu's default is meant for the customer, not for its contact persons
                vals.setdefault("power_is_customer", False)
        new = [
            vals
            for vals in vals_list
            if vals.get("power_is_customer", self.env.context.get("default_power_is_customer"))
            and not vals.get("power_customer_number")
        ]
        for vals, number in zip(new, self._draw_power_customer_numbers(len(new)), strict=True):
            vals["power_customer_number"] = number
        return super().create(vals_list)

    def write(self, vals):
        vals = dict(vals)
        self._prepare_power_vals(vals)
        if vals.get("power_customer_number"):
            vals["power_is_customer"] = True
        managers = (
            {partner: partner.power_dedicated_manager_id for partner in self}
            if "power_dedicated_manager_id" in vals
            else {}
        )
        result = super().write(vals)
        if vals.get("power_is_customer"):
            self._give_power_customer_numbers()
        self._note_power_managers(managers)
        return result

    def _note_power_managers(self, before):
        """Keep the history of dedicated account managers."""
        self.env["power.manager.assignment"].sudo().create(
            [
                partner._prepare_power_assignment_vals(manager)
                for partner, manager in before.items()
                if partner.power_dedicated_manager_id != manager
            ]
        )

    def _prepare_power_assignment_vals(self, old_manager):
        """Hook: values of the history line of a change of dedicated manager."""
        self.ensure_one()
        context = self.env.context
        return {
            "partner_id": self.id,
            "company_id": (self.company_id or self.env.company).id,
            "from_user_id": old_manager.id,
            "to_user_id": self.power_dedicated_manager_id.id,
            "date": context.get("power_transfer_date") or self.env.company._get_power_today(),
            "reason": context.get("power_transfer_reason"),
        }

    @api.model
    def _prepare_power_vals(self, vals):
        """Hook: complete values on create and write (``vals`` is changed in place)."""
        if vals.get("power_industry_id") and "industry_id" not in vals:
            industry = self.env["power.industry"].browse(vals["power_industry_id"])
            if industry.industry_id:
                vals["industry_id"] = industry.industry_id.id

    def _make_power_customers(self):
        """Turn partners that got a supply point into electricity customers with a number."""
        new = self.sudo().filtered(lambda partner: not partner.power_is_customer)
        if new:
            new.power_is_customer = True

    def _give_power_customer_numbers(self):
        unnumbered = self.filtered(lambda partner: not partner.power_customer_number)
        numbers = self._draw_power_customer_numbers(len(unnumbered))
        for partner, number in zip(unnumbered, numbers, strict=True):
            partner.power_customer_number = number

    @api.model
    def _draw_power_customer_numbers(self, count):
        return self.env["ir.sequence"]._draw_unused(
            "power.customer", self.browse(), "power_customer_number", count
        )

    @api.model
    def _get_power_profile_triggers(self):
        """Hook: fields of the supply points the stored profile depends on."""
        return [
            f"power_supply_point_ids.{name}"
            for name in (
                "state",
                "active",
                "voltage_class",
                "phases",
                "metering_mode",
                "usage_category_id",
                "capacity_kva",
                "area_id",
                "life_support",
                "compliance_state",
            )
        ]

    def _get_power_live_points(self):
        """Return the supply points that count for the profile, the largest first."""
        self.ensure_one()
        points = self.power_supply_point_ids
        return points.filtered(lambda point: point.state in points._LIVE_STATES).sorted(
            lambda point: (-point.capacity_kva, point.id if isinstance(point.id, int) else 0)
        )

    def _prepare_power_profile_vals(self):
        """Hook: the stored profile of one customer, from its live supply points.

        :return: {field: value as the field holds it, hashable}
        """
        points = self._get_power_live_points()
        states = set(points.mapped("compliance_state"))
        return {
            "power_supply_point_count": len(points),
            "power_main_point_id": points[:1],
            "power_voltage_class": electrical.highest(
                points.mapped("voltage_class"), electrical.VOLTAGE_SCALE
            ),
            "power_phases": electrical.highest(points.mapped("phases"), electrical.PHASE_SCALE),
            "power_metering_mode": electrical.highest(
                points.mapped("metering_mode"), electrical.METERING_SCALE
            ),
            "power_usage_category_ids": points.usage_category_id,
            "power_capacity_kva": sum(points.mapped("capacity_kva")),
            "power_area_id": points.area_id[:1],
            "power_life_support": any(points.mapped("life_support")),
            "power_compliance_state": next(
                (state for state in ("missing", "compliant") if state in states), "not_required"
            ),
        }

    def _get_power_responsible(self, company=False):
        """Return the user reminders about this customer go to.

        The account manager; else the manager of the area; else some Power CRM manager of the
        company (``company``, or the current one), so that no reminder is lost.
        """
        self.ensure_one()
        company = company or self.power_main_point_id.company_id or self.company_id
        known = self.power_account_manager_id or self.power_area_id.manager_id
        if known and (not company or company in known.sudo().company_ids):
            return known
        company = company or self.env.company
        managers = (
            self.env.ref("power_crm.group_manager")
            .sudo()
            .all_user_ids.filtered(lambda user: user.active and company in user.company_ids)
        )
        people = managers - self.env.ref("base.user_root").sudo()
        return (people or managers or self.env.user)[:1]
