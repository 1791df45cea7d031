from odoo import api, fields, models
from odoo.exceptions import UserError

SYMPTOMS = [
    ("no_power", "No power"),
    ("partial", "Part of the house without power"),
    ("flicker", "Flickering"),
    ("low_voltage", "Voltage too low"),
    ("high_voltage", "Voltage too high"),
    ("sparks", "Sparks or burning smell"),
    ("fallen_wire", "Wire on the ground"),
    ("meter", "Meter"),
    ("equipment", "Damaged pole, cabinet or transformer"),
    ("other", "Something else"),
]
# The same by weight, the lightest first: of two reports of one fault the heavier one counts.
SYMPTOMS_BY_WEIGHT = (
    "other",
    "meter",
    "flicker",
    "low_voltage",
    "partial",
    "high_voltage",
    "equipment",
    "no_power",
    "sparks",
    "fallen_wire",
)
DANGEROUS_SYMPTOMS = frozenset({"sparks", "fallen_wire"})
# As many pictures of one report are kept.
MAX_PHOTOS = 3
CHANNELS = [
    ("phone", "Telephone"),
    ("portal", "Portal"),
    ("web", "Website"),
    ("sms", "SMS"),
    ("mail", "E-mail"),
    ("onsite", "On site"),
    ("api", "Other channel"),
    ("meter", "Meter"),
]


class PowerFault(models.Model):
    """A fault a customer, a meter or a colleague reported, until power is proven back."""

    _name = "power.fault"
    _description = "Fault"
    _inherit = [
        "power.state.mixin",
        "power.customer.mixin",
        "power.telling.mixin",
        "portal.mixin",
        "rating.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "priority desc, date_reported desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    _TRANSITIONS = {
        "reported": ("accepted", "cancelled", "transferred"),
        "accepted": ("dispatched", "cancelled", "transferred"),
        "dispatched": ("arrived", "accepted", "cancelled", "transferred"),
        "arrived": ("restored", "dispatched", "accepted", "cancelled", "transferred"),
        "restored": ("confirmed", "arrived", "closed"),
        "confirmed": ("closed",),
        "closed": (),
        "cancelled": (),
        "transferred": (),
    }
    _OPEN_STATES = ("reported", "accepted", "dispatched", "arrived")
    _FINAL_STATES = ("closed", "cancelled", "transferred")

    name = fields.Char(string="Number", readonly=True, copy=False, default="/", index="trigram")
    state = fields.Selection(
        [
            ("reported", "Reported"),
            ("accepted", "Accepted"),
            ("dispatched", "Dispatched"),
            ("arrived", "Arrived"),
            ("restored", "Restored"),
            ("confirmed", "Confirmed"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
            ("transferred", "Transferred"),
        ],
        string="Status",
        required=True,
        default="reported",
        tracking=True,
        copy=False,
        index=True,
    )
    is_open = fields.Boolean(string="Open", compute="_compute_is_open", search="_search_is_open")

    # What
    symptom = fields.Selection(SYMPTOMS, required=True, default="no_power", tracking=True)
    danger = fields.Boolean(
        string="Danger to life",
        compute="_compute_danger",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Somebody can be hurt: goes first, and the caller is told how to keep safe.",
    )
    description = fields.Text(string="What was reported")
    channel = fields.Selection(CHANNELS, required=True, default="phone", copy=False)

    # When
    date_reported = fields.Datetime(
        string="Reported", required=True, default=fields.Datetime.now, copy=False, index=True
    )
    date_since = fields.Datetime(
        string="Since",
        compute="_compute_date_since",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="When it began, as far as the customer knows.",
    )
    date_accepted = fields.Datetime(string="Accepted on", readonly=True, copy=False)
    date_dispatched = fields.Datetime(string="Dispatched on", readonly=True, copy=False)
    date_taken = fields.Datetime(string="Taken by the crew", readonly=True, copy=False)
    date_arrived = fields.Datetime(string="Crew arrived", readonly=True, copy=False)
    date_restored = fields.Datetime(string="Power back", readonly=True, copy=False, tracking=True)
    date_confirmed = fields.Datetime(string="Confirmed on", readonly=True, copy=False)
    date_closed = fields.Datetime(string="Closed on", readonly=True, copy=False)

    # Who
    partner_id = fields.Many2one(required=False, index="btree_not_null")
    contact_name = fields.Char(
        string="Caller", compute="_compute_contact", store=True, readonly=False, precompute=True
    )
    phone = fields.Char(
        string="Call-back number",
        compute="_compute_contact",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        help="Kept in international notation.",
    )
    email = fields.Char(
        string="E-mail", compute="_compute_contact", store=True, readonly=False, precompute=True
    )
    lang = fields.Char(string="Language", compute="_compute_contact", store=True, precompute=True)
    user_id = fields.Many2one(string="Dispatcher", default=False, copy=False)

    # Where
    node_id = fields.Many2one(
        "power.network.node",
        string="Device",
        compute="_compute_node_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        check_company=True,
        tracking=True,
    )
    outage_id = fields.Many2one(
        "power.outage",
        index="btree_not_null",
        check_company=True,
        copy=False,
        tracking=True,
    )
    area_id = fields.Many2one(
        "power.area",
        compute="_compute_area_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        check_company=True,
    )
    area_kind = fields.Selection(related="area_id.kind", store=True, precompute=True)
    address = fields.Char(compute="_compute_place", store=True, readonly=False, precompute=True)
    device_label = fields.Char(
        string="Pole or transformer label", help="What is written on the nearest pole or cabinet."
    )
    latitude = fields.Float(
        digits=(10, 7), compute="_compute_place", store=True, readonly=False, precompute=True
    )
    longitude = fields.Float(
        digits=(10, 7), compute="_compute_place", store=True, readonly=False, precompute=True
    )
    customers_affected = fields.Integer(
        string="Customers affected",
        compute="_compute_customers_affected",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )

    # How it was mended
    cause_id = fields.Many2one(
        "power.fault.cause",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('parent_id', '!=', False)]",
        tracking=True,
        copy=False,
    )
    cause_group_id = fields.Many2one(
        related="cause_id.parent_id", string="Kind of cause", store=True, index="btree_not_null"
    )
    cause_note = fields.Text(string="Findings", copy=False)
    part_ids = fields.One2many(
        "power.fault.part", "fault_id", string="Parts used", groups="base.group_user"
    )
    minutes_worked = fields.Integer(
        string="Working time (min)",
        compute="_compute_minutes_worked",
        store=True,
        readonly=False,
        copy=False,
        help="From arrival until power was back, unless another time is given.",
    )
    photo_before_ids = fields.Many2many(
        "ir.attachment",
        "power_fault_photo_before_rel",
        "fault_id",
        "attachment_id",
        string="Photos before",
        copy=False,
        bypass_search_access=True,
    )
    photo_after_ids = fields.Many2many(
        "ir.attachment",
        "power_fault_photo_after_rel",
        "fault_id",
        "attachment_id",
        string="Photos after",
        copy=False,
        bypass_search_access=True,
    )
    move_ids = fields.One2many(
        "power.fault.move",
        "fault_id",
        string="Timeline",
        readonly=True,
        groups="base.group_user",
    )
    parent_id = fields.Many2one(
        "power.fault",
        string="Reopens",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        readonly=True,
        copy=False,
        help="The fault that was reported as mended while the customer was still without power.",
    )
    child_ids = fields.One2many("power.fault", "parent_id", string="Reopened as")

    _open_idx = models.Index(
        "(company_id, date_reported) WHERE state IN"
        " ('reported', 'accepted', 'dispatched', 'arrived', 'restored')"
    )
    _customers_positive = models.Constraint(
        "CHECK (customers_affected >= 0)", "The number of customers affected cannot be negative."
    )
    _place_range = models.Constraint(
        "CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)",
        "Latitude lies between -90 and 90, longitude between -180 and 180.",
    )

    # === COMPUTES === #

    @api.depends("state")
    def _compute_is_open(self):
        for fault in self:
            fault.is_open = fault.state in self._OPEN_STATES

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = set(value)
        if wanted == {True, False}:
            return [(1, "=", 1)]
        return [("state", "in" if True in wanted else "not in", self._OPEN_STATES)]

    @api.depends("symptom")
    def _compute_danger(self):
        for fault in self:
            fault.danger = fault.danger or fault.symptom in DANGEROUS_SYMPTOMS

    @api.depends("date_reported")
    def _compute_date_since(self):
        for fault in self:
            fault.date_since = fault.date_since or fault.date_reported

    @api.depends("partner_id")
    def _compute_contact(self):
        for fault in self:
            # Whoever reports on the website without a login is not known to be the customer.
            known = fault.channel != "web"
            partner = fault.partner_id if known else fault.partner_id.browse()
            fault.contact_name = fault.contact_name or partner.name
            fault.phone = fault.phone or partner.phone
            fault.email = fault.email or partner.email
            # A page is in the language of its reader; whoever else takes a report says nothing.
            read = fault.channel in ("web", "portal") and self.env.lang
            usual = read or fault.company_id._get_power_lang()
            fault.lang = partner.lang or fault.lang or usual

    @api.depends("supply_point_id", "device_label", "latitude", "longitude")
    def _compute_node_id(self):
        for fault in self:
            node = fault.supply_point_id.node_id or fault.node_id
            if not node and not fault.supply_point_id:
                node = fault._find_node(
                    fault.company_id, fault.device_label, fault.latitude, fault.longitude
                )
            fault.node_id = node

    @api.depends("supply_point_id", "partner_id", "node_id")
    def _compute_area_id(self):
        for fault in self:
            fault.area_id = (
                fault.supply_point_id.area_id
                or fault.area_id
                or fault.partner_id.power_area_id
                or fault.node_id.sudo().area_id
            )

    @api.depends("supply_point_id")
    def _compute_place(self):
        for fault in self:
            point = fault.supply_point_id
            parts = (point.city, point.street, point.street2)
            fault.address = fault.address or " ".join(filter(None, parts))
            fault.latitude = fault.latitude or point.latitude
            fault.longitude = fault.longitude or point.longitude

    @api.depends("outage_id")
    def _compute_customers_affected(self):
        for outage, faults in self.grouped("outage_id").items():
            below = outage.customer_count
            for fault in faults:
                fault.customers_affected = fault._count_customers_affected(below)

    def _count_customers_affected(self, below):
        """Hook: how many customers are without power because of this fault, as far as known.

        :param int below: customers below the devices of its outage, 0 where it has none
        """
        self.ensure_one()
        return below or self.customers_affected or 1

    @api.depends("date_arrived", "date_restored")
    def _compute_minutes_worked(self):
        for fault in self:
            if fault.date_arrived and fault.date_restored:
                time = fault.date_restored - fault.date_arrived
                fault.minutes_worked = max(0, round(time.total_seconds() / 60))

    @api.depends("name", "symptom", "supply_point_id", "address")
    def _compute_display_name(self):
        for fault in self:
            place = fault.supply_point_id.number or fault.address
            fault.display_name = " ".join(filter(None, (fault.name, place)))

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for fault in self:
            fault.access_url = f"/my/power/faults/{fault.id}"
        return result

    # === CREATE AND WRITE === #

    @api.model_create_multi
    def create(self, vals_list):
        unnumbered = [vals for vals in vals_list if vals.get("name", "/") == "/"]
        for vals, number in zip(unnumbered, self._draw_numbers(len(unnumbered)), strict=True):
            vals["name"] = number
        for vals in vals_list:
            vals.update(self._prepare_phone_vals(vals))
        faults = super().create(vals_list)
        faults._attach_photos()
        faults._log_moves(dict.fromkeys(faults.ids, False))
        faults._after_create()
        return faults

    @api.model
    def _draw_numbers(self, count):
        return self.env["ir.sequence"].sudo()._draw(self._name, count) if count else []

    def write(self, vals):
        vals = {**vals, **self._prepare_phone_vals(vals)}
        before = {fault.id: fault.state for fault in self} if "state" in vals else {}
        result = super().write(vals)
        if {"photo_before_ids", "photo_after_ids"} & vals.keys():
            self._attach_photos()
        moved = self.filtered(lambda fault: before.get(fault.id, fault.state) != fault.state)
        if moved:
            moved._log_moves(before)
            moved._after_move(before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reported(self):
        """What was reported stays: a false call is cancelled, not deleted."""
        for fault in self:
            raise UserError(
                self.env._(
                    "Fault %(fault)s was reported and stays on record. Cancel it instead.",
                    fault=fault.display_name,
                )
            )

    def _prepare_phone_vals(self, vals):
        """Return the call-back number of ``vals`` in international notation, if it is one.

        What cannot be read as a number is kept as it was written: a fault is never refused
        because of its telephone number.
        """
        if not vals.get("phone"):
            return {}
        partners, phone = self.env["res.partner"], vals["phone"]
        formatted = partners._format_power_phone(phone, self._get_phone_country())
        return {"phone": formatted or partners._clean_power_phone(phone)}

    @api.model
    def _get_phone_country(self):
        """Return the country of numbers that name none; what else its records hold is not read."""
        company = self.env.company.sudo()
        company.partner_id.fetch(["country_id", "lang"])
        company.partner_id.country_id.fetch(["code", "phone_code"])
        return company.partner_id.country_id

    def _attach_photos(self):
        """Photos are read by those who may read the fault."""
        for fault in self:
            photos = (fault.photo_before_ids | fault.photo_after_ids).sudo()
            loose = photos.filtered(lambda photo, fault=fault: photo.res_id != fault.id)
            if loose:
                loose.write({"res_model": self._name, "res_id": fault.id})

    def _after_create(self):
        """Hook: what happens to faults just created, however they came."""
        ready = self.filtered(lambda fault: fault._is_report_sure())
        if ready:
            ready._after_report()

    def _is_report_sure(self):
        """Hook: whether a report counts at once, or only after somebody has confirmed it."""
        self.ensure_one()
        return True

    def _after_report(self):
        """Hook: faults were reported (a batch); others group them into outages."""

    def _after_move(self, before):
        """Hook: the state of these faults changed.

        :param dict before: state each fault had, by id
        """

    def _log_moves(self, before):
        self.env["power.fault.move"].sudo().create(
            [fault._prepare_move_vals(before.get(fault.id)) for fault in self]
        )

    def _prepare_move_vals(self, state_from):
        """Hook: values of a line of the timeline."""
        self.ensure_one()
        return {
            "fault_id": self.id,
            "company_id": self.company_id.id,
            "state_from": state_from,
            "state_to": self.state,
            "date": self._get_move_date(),
            "user_id": self.env.uid,
            "note": self.env.context.get("power_move_note"),
        }

    def _get_move_date(self):
        # A date from outside is no proof of when something was done.
        told = self.env.su and self.env.context.get("power_move_date")
        return told or fields.Datetime.now()
