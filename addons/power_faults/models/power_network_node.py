from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.network_import import PARENT_KINDS

_OPEN_POINTS = ("active", "suspended")


class PowerNetworkNode(models.Model):
    """A device of the network (IEC CIM: equipment) under which supply points hang."""

    _name = "power.network.node"
    _description = "Network device"
    _order = "complete_name, id"
    _parent_store = True
    _rec_name = "complete_name"
    _rec_names_search = ["complete_name", "name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, index="trigram")
    complete_name = fields.Char(
        string="Full name", compute="_compute_complete_name", store=True, recursive=True
    )
    code = fields.Char(required=True, index=True, help="Label on the device or pole.")
    kind = fields.Selection(
        [
            ("substation", "Substation"),
            ("feeder", "Feeder"),
            ("switch", "Switch"),
            ("transformer", "Transformer"),
        ],
        required=True,
        default="transformer",
    )
    parent_id = fields.Many2one(
        "power.network.node",
        string="Fed from",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("power.network.node", "parent_id", string="Feeds")
    feeder_id = fields.Many2one(
        "power.network.node",
        compute="_compute_feeder_id",
        store=True,
        recursive=True,
        index="btree_not_null",
        help="The nearest feeder above, or the device itself.",
    )
    area_id = fields.Many2one("power.area", index="btree_not_null", check_company=True)
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    supply_point_ids = fields.One2many("power.supply.point", "node_id", string="Supply points")
    customer_total = fields.Integer(
        string="Customers counted",
        readonly=True,
        help="Supply points in service below this device when they were last counted, at night or "
        "after an import. Weighs reports; the button counts anew.",
    )
    customer_count = fields.Integer(string="Customers below", compute="_compute_counts")
    outage_count = fields.Integer(string="Outages", compute="_compute_counts")
    fault_count = fields.Integer(string="Faults", compute="_compute_counts")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    _code_unique = models.UniqueIndex(
        "(company_id, code)", "A device with this code is there already."
    )
    _coordinates_range = models.Constraint(
        "CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)",
        "Latitude lies between -90 and 90, longitude between -180 and 180.",
    )

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for node in self:
            node.complete_name = (
                f"{node.parent_id.complete_name} / {node.name}" if node.parent_id else node.name
            )

    @api.depends("kind", "parent_id.feeder_id")
    def _compute_feeder_id(self):
        for node in self:
            node.feeder_id = node if node.kind == "feeder" else node.parent_id.feeder_id

    def _compute_counts(self):
        customers = self._count_below("power.supply.point", Domain("state", "in", _OPEN_POINTS))
        outages = self._count_below("power.outage", Domain.TRUE)
        faults = self._count_below("power.fault", Domain.TRUE)
        for node in self:
            node.customer_count = customers.get(node.id, 0)
            node.outage_count = outages.get(node.id, 0)
            node.fault_count = faults.get(node.id, 0)

    def _get_below_domain(self, model_name):
        """Return the domain of the records of a model that hang at or below these devices."""
        field = "node_ids" if model_name == "power.outage" else "node_id"
        return Domain(field, "child_of", self.ids)

    def _count_below(self, model_name, domain):
        """Return {device id: number of records at or below it} in one query.

        :param domain: which records count, besides what the user may see
        """
        model = self.env[model_name]
        if not self.ids or not model.has_access("read"):
            return {}
        self.env["power.network.node"].flush_model(["parent_path"])
        query = model._search(domain)
        if model_name == "power.outage":
            link = SQL(
                "JOIN %s rel ON rel.power_network_node_id = leaf.id"
                " JOIN %s rec ON rec.id = rel.power_outage_id",
                SQL.identifier(model._fields["node_ids"].relation),
                SQL.identifier(model._table),
            )
        else:
            link = SQL("JOIN %s rec ON rec.node_id = leaf.id", SQL.identifier(model._table))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT top.id, count(DISTINCT rec.id)
                  FROM power_network_node top
                  JOIN power_network_node leaf
                    ON leaf.parent_path LIKE top.parent_path || '%%'
                  %s
                 WHERE top.id IN %s AND rec.id IN %s
                 GROUP BY top.id
                """,
                link,
                tuple(self.ids),
                query.subselect(),
            )
        )
        return dict(rows)

    def _count_customers(self):
        """Return how many supply points in service hang at or below these devices.

        The devices are looked up first: joined to the tree, every supply point would be read.
        """
        if not self.ids:
            return 0
        below = self.sudo().with_context(active_test=False).search([("id", "child_of", self.ids)])
        points = self.env["power.supply.point"].sudo()
        return points.search_count([("node_id", "in", below.ids), ("state", "in", _OPEN_POINTS)])

    def write(self, vals):
        if vals.get("parent_id"):
            self._check_parent_below(vals["parent_id"])
        return super().write(vals)

    def _check_parent_below(self, parent_id):
        """Refuse a circle, before Odoo's tree does it without saying what to do."""
        parent = self.browse(parent_id)
        if parent._get_ancestor_ids() & set(self.ids):
            raise ValidationError(
                self.env._(
                    "%(device)s cannot be fed from %(parent)s: it feeds that device itself. "
                    "Choose another device in “Fed from”.",
                    device=", ".join(self.mapped("name")),
                    parent=parent.name,
                )
            )

    @api.constrains("parent_id", "kind")
    def _check_parent_kind(self):
        for node in self.filtered("parent_id"):
            if node.parent_id.kind not in PARENT_KINDS[node.kind]:
                labels = dict(self._fields["kind"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "%(device)s: a device of the kind “%(kind)s” cannot be fed from a "
                        "“%(parent)s”. It can be fed from: %(allowed)s.",
                        device=node.display_name,
                        kind=labels[node.kind],
                        parent=labels[node.parent_id.kind],
                        allowed=", ".join(labels[k] for k in PARENT_KINDS[node.kind] if k),
                    )
                )

    # === CUSTOMERS === #

    def _get_points(self, states=_OPEN_POINTS):
        """Return the supply points in service at or below these devices.

        :rtype: power.supply.point
        """
        if not self:
            return self.env["power.supply.point"]
        return self.env["power.supply.point"].search(
            [("node_id", "child_of", self.ids), ("state", "in", states)]
        )

    def _get_ancestor_ids(self):
        """Return the ids of these devices and of all above them."""
        return {number for node in self for number in self._parse_path(node.parent_path)}

    @api.model
    def _parse_path(self, path):
        """Return the ids of a device and of all above it, the top first, from ``parent_path``."""
        return tuple(int(part) for part in (path or "").split("/") if part)

    def _guess_area(self):
        """Return the area of most of the customers below these devices."""
        if not self.ids:
            return self.env["power.area"]
        groups = self.env["power.supply.point"]._read_group(
            [("node_id", "child_of", self.ids), ("area_id", "!=", False)],
            ["area_id"],
            ["__count"],
            order="__count desc",
            limit=1,
        )
        return groups[0][0] if groups else self.env["power.area"]

    def _without_those_below(self):
        """Return these devices without those that hang below another of them."""
        return self.filtered(
            lambda node: not (node._get_ancestor_ids() - {node.id}) & set(self.ids)
        )

    def _get_siblings_beside(self, nodes):
        """Return the devices that feed all the rest when ``nodes`` are taken out from below these.

        Going down from each of these devices, everything beside the way to ``nodes``.
        """
        way = nodes._get_ancestor_ids()
        rest = self.browse()
        level = self
        while level:
            on_way = level.filtered(lambda node: node.id in way)
            rest |= level - on_way
            level = (on_way - nodes).child_ids
        return rest

    @api.model
    def _refresh_customer_totals(self, companies=None):
        """Count the supply points below every device anew, in one statement."""
        self.env["power.supply.point"].flush_model(["node_id", "state", "active"])
        self.flush_model(["parent_path", "company_id"])
        of_companies = SQL("node.company_id IN %s", tuple(companies.ids)) if companies else None
        self.env.cr.execute(
            SQL(
                """
                WITH own AS (
                    SELECT node_id, count(*) AS number
                      FROM power_supply_point
                     WHERE node_id IS NOT NULL AND active AND state IN %(states)s
                     GROUP BY node_id
                ), below AS (
                    SELECT part::int AS node_id, sum(own.number) AS number
                      FROM own
                      JOIN power_network_node leaf ON leaf.id = own.node_id,
                           unnest(string_to_array(trim(trailing '/' FROM leaf.parent_path), '/'))
                           AS part
                     GROUP BY 1
                )
                UPDATE power_network_node node
                   SET customer_total = coalesce(counted.number, 0)
                  FROM power_network_node other
                  LEFT JOIN below counted ON counted.node_id = other.id
                 WHERE other.id = node.id
                   AND %(companies)s
                   AND coalesce(node.customer_total, 0) <> coalesce(counted.number, 0)
                """,
                states=_OPEN_POINTS,
                companies=of_companies or SQL("TRUE"),
            )
        )
        self.invalidate_model(["customer_total"])

    @api.model
    def _cron_refresh_customer_totals(self):
        self._refresh_customer_totals()

    # === ACTIONS === #

    def action_open_customers(self):
        return self._open_below(
            "power_crm.power_supply_point_action",
            "power.supply.point",
            Domain("state", "in", _OPEN_POINTS),
        )

    def action_open_outages(self):
        return self._open_below("power_faults.power_outage_action", "power.outage", Domain.TRUE)

    def action_open_faults(self):
        return self._open_below("power_faults.power_fault_action", "power.fault", Domain.TRUE)

    def action_open_children(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "power_faults.power_network_node_action"
            ),
            "name": self.complete_name,
            "domain": [("parent_id", "=", self.id)],
            "context": {"default_parent_id": self.id},
        }

    def _open_below(self, xmlid, model_name, domain):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(xmlid),
            "domain": list(self._get_below_domain(model_name) & domain),
            "context": {},
        }
