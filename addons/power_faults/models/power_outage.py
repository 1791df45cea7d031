from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

CAUSES = [
    ("equipment", "Equipment"),
    ("weather", "Weather"),
    ("external", "External damage"),
    ("overload", "Overload"),
    ("customer", "Customer side"),
    ("shortage", "Shortage of supply"),
    ("work", "Planned work"),
    ("unknown", "Unknown"),
]


class PowerOutage(models.Model):
    """An interruption of the supply under one or more devices, found or planned."""

    _name = "power.outage"
    _description = "Outage"
    _inherit = ["power.state.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_start desc, id desc"
    _check_company_auto = True

    _TRANSITIONS = {
        "proposed": ("approved", "confirmed", "cancelled"),
        "approved": ("proposed", "confirmed", "cancelled"),
        "confirmed": ("restored", "cancelled"),
        "restored": ("closed", "confirmed"),
        "closed": (),
        "cancelled": (),
    }
    _OPEN_STATES = ("proposed", "approved", "confirmed")
    # One of which, at least, an outage in force is in.
    _ANSWERING_STATES = ("approved", "confirmed")

    name = fields.Char(string="Number", readonly=True, copy=False, default="/", index="trigram")
    kind = fields.Selection(
        [("fault", "Fault"), ("planned", "Planned"), ("temporary", "Temporary")],
        required=True,
        default="fault",
        tracking=True,
        help="Planned work is announced days ahead, temporary work at least to important "
        "customers; the rules are dated data.",
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("approved", "Approved"),
            ("confirmed", "Confirmed"),
            ("restored", "Restored"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        default="proposed",
        tracking=True,
        copy=False,
        index=True,
        group_expand=True,
    )
    node_ids = fields.Many2many("power.network.node", string="Devices", check_company=True)
    area_id = fields.Many2one(
        "power.area",
        compute="_compute_place",
        store=True,
        readonly=False,
        index="btree_not_null",
        check_company=True,
    )
    feeder_id = fields.Many2one(
        "power.network.node",
        compute="_compute_place",
        store=True,
        index="btree_not_null",
        check_company=True,
    )
    date_start = fields.Datetime(
        string="Since", required=True, default=fields.Datetime.now, tracking=True, index=True
    )
    date_confirmed = fields.Datetime(string="Confirmed on", readonly=True, copy=False)
    date_restored = fields.Datetime(string="Restored", copy=False, tracking=True)
    date_closed = fields.Datetime(string="Closed on", readonly=True, copy=False)
    date_expected = fields.Datetime(string="Expected back", tracking=True, copy=False)
    cause = fields.Selection(CAUSES, default="unknown", required=True, tracking=True)
    cause_id = fields.Many2one(
        "power.fault.cause",
        string="Cause found",
        domain="[('parent_id', '!=', False)]",
        ondelete="restrict",
        tracking=True,
        copy=False,
        help="Given to every report of this outage that has no cause of its own.",
    )
    influence = fields.Selection(
        [
            ("own", "Own network"),
            ("external", "External influence"),
            ("shortage", "Shortage of generation"),
        ],
        compute="_compute_influence",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The reliability figures with the suffix -2 leave external influence out, those with "
        "-3 shortage of generation.",
    )
    bad_weather = fields.Boolean(
        help="Storm, ice, thunder or flood: repairs take longer, and the estimate looks at such "
        "days only."
    )
    description = fields.Text(string="What the public is told")
    note = fields.Html()
    fault_ids = fields.One2many("power.fault", "outage_id", string="Fault reports")
    fault_count = fields.Integer(string="Reports", compute="_compute_fault_count")
    customer_count = fields.Integer(
        string="Customers off",
        compute="_compute_customer_count",
        store=True,
        help="Supply points in service below the devices, whether they called or not.",
    )
    silent_count = fields.Integer(
        string="Not called",
        compute="_compute_silent_count",
        help="Customers below the devices of whom no report has come.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    _open_idx = models.Index("(company_id, state) WHERE state IN ('approved', 'confirmed')")
    _order_of_times = models.Constraint(
        "CHECK (date_restored IS NULL OR date_restored >= date_start)",
        "An outage cannot be restored before it began.",
    )

    @api.depends("node_ids", "node_ids.area_id", "node_ids.feeder_id")
    def _compute_place(self):
        for outage in self:
            outage.feeder_id = outage.node_ids.feeder_id[:1]
            outage.area_id = (
                outage.area_id or outage.node_ids.area_id[:1] or outage.node_ids._guess_area()
            )

    @api.depends("cause")
    def _compute_influence(self):
        for outage in self:
            outage.influence = {"external": "external", "shortage": "shortage"}.get(
                outage.cause, "own"
            )

    @api.depends("fault_ids")
    def _compute_fault_count(self):
        counts = dict(
            self.env["power.fault"]._read_group(
                [("outage_id", "in", self.ids)], ["outage_id"], ["__count"]
            )
        )
        for outage in self:
            outage.fault_count = counts.get(outage, 0)

    @api.depends("node_ids")
    def _compute_customer_count(self):
        for outage in self:
            outage.customer_count = outage._count_points()

    @api.depends("customer_count", "fault_ids.supply_point_id")
    def _compute_silent_count(self):
        called = dict(
            self.env["power.fault"]._read_group(
                [("outage_id", "in", self.ids), ("supply_point_id", "!=", False)],
                ["outage_id"],
                ["supply_point_id:count_distinct"],
            )
        )
        for outage in self:
            outage.silent_count = max(outage.customer_count - called.get(outage, 0), 0)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                sequence = self.env["ir.sequence"].sudo().with_company(company)
                vals["name"] = sequence.next_by_code(self._name) or "/"
        return super().create(vals_list)

    def _for_desk(self):
        """Return this outage in the language of its company, for what a job writes to the desk."""
        return self.with_context(lang=self.company_id._get_power_lang())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_real(self):
        for outage in self.filtered(lambda outage: outage.state not in ("proposed", "cancelled")):
            raise UserError(
                self.env._(
                    "Outage %(outage)s has happened or is announced and cannot be deleted. "
                    "Cancel it instead.",
                    outage=outage.name,
                )
            )

    # === GATE === #

    def _check_state_move(self, target):
        result = super()._check_state_move(target)
        for outage in self:
            if target == "approved" and outage.kind == "fault":
                raise UserError(
                    self.env._(
                        "%(outage)s is a fault: confirm it, only planned work is approved.",
                        outage=outage.name,
                    )
                )
            if target in ("approved", "confirmed") and not outage.node_ids:
                raise UserError(
                    self.env._(
                        "Name the devices of %(outage)s first, so that its customers are known.",
                        outage=outage.name,
                    )
                )
            if (outage.kind, outage.state, target) in (
                ("planned", "proposed", "confirmed"),
                ("temporary", "proposed", "confirmed"),
            ):
                raise UserError(
                    self.env._(
                        "%(outage)s has not been approved yet. Have it approved before the "
                        "supply is switched off.",
                        outage=outage.name,
                    )
                )
        return result

    def _prepare_state_vals(self, target):
        now = fields.Datetime.now()
        return {
            "confirmed": {"date_confirmed": now, "date_restored": False},
            "restored": {"date_restored": (self.date_restored if self else False) or now},
            "closed": {"date_closed": now},
        }.get(target, {})

    def action_confirm(self):
        return self._set_state("confirmed")

    def action_restore(self):
        return self._set_state("restored")

    def action_reopen(self):
        return self._set_state("confirmed")

    def action_close(self):
        return self._set_state("closed")

    def action_cancel(self):
        return self._set_state("cancelled")

    # === CUSTOMERS === #

    def _get_points_domain(self):
        """Return the domain of the supply points that are, or will be, without supply."""
        self.ensure_one()
        return Domain("node_id", "child_of", self.node_ids.ids) & Domain(
            "state", "in", ("active", "suspended")
        )

    def _count_points(self):
        self.ensure_one()
        return self.node_ids._count_customers()

    def _get_points(self):
        """Return the supply points of an outage, of those who called and of those who did not."""
        self.ensure_one()
        if not self.node_ids:
            return self.env["power.supply.point"]
        return self.env["power.supply.point"].search(self._get_points_domain())

    def _get_silent_points(self):
        """Return the supply points off of which no report has come."""
        return self._get_points() - self.fault_ids.supply_point_id

    @api.model
    def _find_covering(self, supply_point, node=None):
        """Return the outage in force that a place is without supply by; empty when there is none.

        :param supply_point: ``power.supply.point`` or empty
        :param node: ``power.network.node`` where the point is not known, or empty
        """
        place = supply_point.node_id if supply_point else self.env["power.network.node"]
        place = place or node or self.env["power.network.node"]
        if not place or not self._is_marked(place):
            return self.browse()
        outages = self.search(self._get_covering_domain(place), order="date_start, id")
        return outages.filtered(lambda outage: not outage._is_back(place))[:1]

    @api.model
    def _is_marked(self, node):
        """Say whether an outage that may be in force names a device or one above: asked with each
        report, and mostly none does."""
        self.flush_model(["node_ids", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT 1 FROM power_network_node_power_outage_rel rel
                  JOIN power_outage outage ON outage.id = rel.power_outage_id
                 WHERE rel.power_network_node_id = ANY(%s) AND outage.state IN %s LIMIT 1
                """,
                list(node._get_ancestor_ids()),
                self._ANSWERING_STATES,
            )
        )
        return bool(rows)

    @api.model
    def _get_covering_domain(self, node):
        """Hook: which outages are in force at a device."""
        return (
            Domain("node_ids", "in", list(node._get_ancestor_ids()))
            & Domain("company_id", "in", node.company_id.ids)
            & self._get_in_force_domain()
        )

    @api.model
    def _get_in_force_domain(self):
        """Hook: which outages answer a report at this moment."""
        return Domain("state", "=", "confirmed")

    def _is_in_force(self):
        return bool(self) and bool(self.filtered_domain(self._get_in_force_domain()))

    def _is_back(self, node):
        """Hook: whether a part of the outage has been restored before the rest."""
        return False

    # === ACTIONS === #

    def action_open_points(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("power_crm.power_supply_point_action"),
            "name": self.env._("Customers of %(outage)s", outage=self.name),
            "domain": list(self._get_points_domain()),
            "context": {},
        }

    def action_open_silent(self):
        self.ensure_one()
        return {
            **self.action_open_points(),
            "name": self.env._("Not called: %(outage)s", outage=self.name),
            "domain": [("id", "in", self._get_silent_points().ids)],
        }

    def action_open_faults(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("power_faults.power_fault_action"),
            "domain": [("outage_id", "=", self.id)],
            "context": {"default_outage_id": self.id, "default_node_id": self.node_ids[:1].id},
        }
