from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.power_crm.tools import electrical

from ..tools import contract_calendar


class PowerEquipment(models.Model):
    """Electrical equipment at a customer's: what it is, whose it is, when it is tested."""

    _name = "power.equipment"
    _description = "Equipment"
    _inherit = [
        "power.state.mixin",
        "power.customer.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "portal.mixin",
    ]
    _order = "number, id"
    _rec_names_search = ["number", "name", "serial"]
    _check_company_auto = True

    _TRANSITIONS = {
        "in_use": ("out_of_use", "scrapped"),
        "out_of_use": ("in_use", "scrapped"),
        "scrapped": (),
    }

    number = fields.Char(string="Equipment number", copy=False, readonly=True, index="trigram")
    name = fields.Char(required=True, tracking=True, help="For instance: Transformer 2.")
    kind_id = fields.Many2one(
        "power.equipment.kind", required=True, index=True, ondelete="restrict"
    )
    active = fields.Boolean(default=True)
    ownership = fields.Selection(
        [("customer", "Customer's own"), ("utility", "Ours"), ("leased", "Leased by the customer")],
        required=True,
        default="customer",
        tracking=True,
        help="The fault guarantee ends at our own equipment; beyond it services are sold.",
    )
    voltage_class = fields.Selection(electrical.VOLTAGE_CLASSES, string="Voltage")
    rating = fields.Char(help="As on the plate, for instance 630 kVA, 10/0.4 kV.")
    maker = fields.Char()
    model = fields.Char(string="Type")
    serial = fields.Char(string="Serial number", index="btree_not_null")
    location = fields.Char(help="Room, cabinet or pole where it stands.")
    date_made = fields.Date(string="Made on")
    date_commissioned = fields.Date(string="In operation since", tracking=True)
    state = fields.Selection(
        [("in_use", "In use"), ("out_of_use", "Out of use"), ("scrapped", "Scrapped")],
        string="Status",
        required=True,
        default="in_use",
        index=True,
        tracking=True,
        group_expand=True,
    )
    test_ids = fields.One2many("power.equipment.test", "equipment_id", string="Tests")
    due_ids = fields.One2many("power.test.due", "equipment_id", string="Tests due")
    next_test_date = fields.Date(
        string="Next test", compute="_compute_next_test_date", store=True, index=True
    )
    is_test_overdue = fields.Boolean(
        string="Test overdue", compute="_compute_is_test_overdue", search="_search_is_test_overdue"
    )
    defect_ids = fields.One2many("power.defect", "equipment_id", string="Defects")
    open_defect_count = fields.Integer(string="Open defects", compute="_compute_open_defect_count")
    image_1920 = fields.Image(string="Photo")

    _number_uniq = models.UniqueIndex(
        "(company_id, number)", "Another equipment of this company has this number already."
    )
    _dates_order = models.Constraint(
        "CHECK (date_commissioned IS NULL OR date_made IS NULL OR date_commissioned >= date_made)",
        "Equipment cannot be in operation before it was made.",
    )

    @api.depends("number", "name")
    def _compute_display_name(self):
        for equipment in self:
            equipment.display_name = " ".join(filter(None, (equipment.number, equipment.name)))

    @api.depends("due_ids.date_due")
    def _compute_next_test_date(self):
        for equipment in self:
            equipment.next_test_date = min(equipment.due_ids.mapped("date_due"), default=False)

    @api.depends("next_test_date")
    def _compute_is_test_overdue(self):
        today = self.env.company._get_power_today()
        for equipment in self:
            equipment.is_test_overdue = bool(
                equipment.next_test_date and equipment.next_test_date < today
            )

    def _search_is_test_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("next_test_date", "<", self.env.company._get_power_today())]

    def _compute_open_defect_count(self):
        counts = dict(
            self.env["power.defect"]._read_group(
                [("equipment_id", "in", self.ids), ("state", "!=", "verified")],
                ["equipment_id"],
                ["__count"],
            )
        )
        for equipment in self:
            equipment.open_defect_count = counts.get(equipment, 0)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for equipment in self:
            equipment.access_url = f"/my/power/equipment/{equipment.id}"
        return result

    @api.constrains("partner_id")
    def _check_partner_kept(self):
        for equipment in self:
            owners = equipment.sudo().defect_ids.partner_id
            if owners - equipment.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(equipment)s has defects of %(owner)s. Scrap it and enter it anew for "
                        "%(customer)s.",
                        equipment=equipment.display_name,
                        owner=owners[0].display_name,
                        customer=equipment.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        sequences = self.env["ir.sequence"]
        for vals in vals_list:
            vals.setdefault("number", sequences.next_by_code("power.equipment"))
        equipment = super().create(vals_list)
        equipment._refresh_tests_due()
        return equipment

    def write(self, vals):
        result = super().write(vals)
        if {"kind_id", "date_commissioned", "state", "active"} & vals.keys():
            self._refresh_tests_due()
        return result

    def action_use(self):
        return self._set_state("in_use")

    def action_put_out_of_use(self):
        return self._set_state("out_of_use")

    def action_scrap(self):
        return self._set_state("scrapped")

    def _refresh_tests_due(self):
        """Reckon anew which tests are due when; what the rules no longer ask for goes."""
        today = self.env.company._get_power_today()
        watched = self.filtered(lambda item: item.active and item.state == "in_use")
        rules = self.env["power.test.rule"].sudo()._get_in_force(watched.kind_id, today)
        periodic = rules.filtered("months").grouped("kind_id")
        last_tests = watched._get_last_test_dates()
        wanted = {
            (item.id, rule.type_id.id): item._prepare_due_vals(
                rule, last_tests.get((item.id, rule.type_id.id))
            )
            for item in watched
            for rule in periodic.get(item.kind_id, rules.browse())
        }
        dues = self.env["power.test.due"].sudo().search([("equipment_id", "in", self.ids)])
        for due in dues:
            vals = wanted.pop((due.equipment_id.id, due.type_id.id), None)
            if vals is None:
                due.unlink()
            elif any(due[name] != vals[name] for name in ("date_due", "date_last", "months")):
                due.write(vals)
        self.env["power.test.due"].sudo().create(list(wanted.values()))

    def _get_last_test_dates(self):
        """Return {(equipment id, test type id): day of the last test taken}."""
        groups = (
            self.env["power.equipment.test"]
            .sudo()
            ._read_group(
                [("equipment_id", "in", self.ids), ("outcome", "=", "taken")],
                ["equipment_id", "type_id"],
                ["date:max"],
            )
        )
        return {(item.id, test.id): day for item, test, day in groups}

    def _prepare_due_vals(self, rule, date_last):
        """Hook: the next test by a rule; never tested, it is due from commissioning on."""
        self.ensure_one()
        anchor = date_last or self.date_commissioned or self.create_date.date()
        return {
            "equipment_id": self.id,
            "type_id": rule.type_id.id,
            "months": rule.months,
            "date_last": date_last or False,
            "date_due": contract_calendar.add_months(anchor, rule.months),
            "source": rule.source,
        }

    @api.model
    def _cron_refresh_tests_due(self):
        """Daily: rules begin and end by date; keep the tests due true to them."""
        self.search([("state", "=", "in_use")])._refresh_tests_due()

    def _get_label_url(self):
        """The address its QR label opens: the record for staff, the portal page for its owner."""
        self.ensure_one()
        return f"{self.get_base_url()}/power/equipment/{self.id}"

    def action_open_defects(self):
        return self._open_related(
            "power_crm.power_defect_action", default_supply_point_id=self.supply_point_id.id
        )

    def action_open_tests(self):
        return self._open_related("power_contracts.power_equipment_test_action")

    def _open_related(self, xmlid, **context):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(xmlid),
            "domain": [("equipment_id", "=", self.id)],
            "context": {
                "default_equipment_id": self.id,
                "default_partner_id": self.partner_id.id,
                **context,
            },
        }
