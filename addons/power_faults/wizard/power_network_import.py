import csv
import io

from odoo import api, fields, models
from odoo.tools import LazyTranslate

from odoo.addons.power_crm.tools.table_file import EXAMPLE_PREFIX, normalise

from ..tools import network_import as kernel
from ..tools.network_import import Code

_lt = LazyTranslate(__name__)

_PROBLEM_TEXTS = {
    Code.BAD_CODE: (
        _lt("The spreadsheet has rounded this number."),
        _lt("Format the column as text and enter the code again."),
    ),
    Code.UNKNOWN_KIND: (
        _lt("This kind of device is not known."),
        _lt("Choose one of: %(detail)s."),
    ),
    Code.DUPLICATE: (
        _lt("This code stands in row %(detail)s already."),
        _lt("Give each device one row and a code of its own."),
    ),
    Code.EXISTS: (
        _lt("A device with this code is there already."),
        _lt("Take the row out, or choose to update devices that exist."),
    ),
    Code.UNKNOWN_PARENT: (
        _lt("No device has this code, neither in the file nor in the system."),
        _lt("Correct the code, or add a row for the device above."),
    ),
    Code.ORPHAN: (
        _lt("This device hangs in the air: nothing feeds it."),
        _lt("Give the code of the device above: %(detail)s."),
    ),
    Code.WRONG_PARENT_KIND: (
        _lt("A device of this kind cannot be fed from that one."),
        _lt("It can be fed from: %(detail)s."),
    ),
    Code.CYCLE: (
        _lt("The devices feed each other in a circle: %(detail)s."),
        _lt("Correct “Fed from” in one of these rows."),
    ),
    Code.UNKNOWN_POINT: (
        _lt("No supply point of this company has this number."),
        _lt("Correct the number, or import the supply point first."),
    ),
    Code.POINT_TWICE: (
        _lt("This supply point stands in row %(detail)s already."),
        _lt("Leave it at the device that feeds it, usually the transformer."),
    ),
    Code.NOT_A_NUMBER: (
        _lt("This is not a coordinate."),
        _lt("Give decimal degrees, for example 31.4912."),
    ),
    Code.OUT_OF_RANGE: (
        _lt("The coordinate is out of range."),
        _lt(
            "Give decimal degrees between -%(detail)s and %(detail)s; check that latitude and "
            "longitude are not exchanged."
        ),
    ),
    Code.UNKNOWN_AREA: (
        _lt("There is no area of this name or code."),
        _lt("Correct the name, or create the area in Configuration first."),
    ),
    Code.UNKNOWN_COLUMN: (
        _lt("This column is not known."),
        _lt("Use the titles of the template, or take the column out."),
    ),
}


class PowerNetworkImport(models.TransientModel):
    """Bring the network in from a file, everything or nothing."""

    _name = "power.network.import"
    _inherit = ["power.table.import.mixin"]
    _description = "Import of network devices"

    _COLUMNS = kernel.COLUMNS
    _MAX_ROWS = kernel.MAX_ROWS
    _FILES_URL = "/power/network_import"
    _PROBLEM_TEXTS = _PROBLEM_TEXTS

    on_existing = fields.Selection(
        [("update", "Update them"), ("refuse", "Refuse them as errors")],
        string="Devices that exist already",
        default="update",
        required=True,
    )
    problem_ids = fields.One2many(
        "power.network.import.problem", "import_id", string="Errors found", readonly=True
    )

    def _get_title(self):
        return self.env._("Import the network")

    def _get_imported_action(self, records):
        return self.env["ir.actions.act_window"]._for_xml_id(
            "power_faults.power_network_node_action"
        )

    # === CHECK === #

    def _read_table(self, content):
        return kernel.read_table(content)

    def _check_table(self, table):
        return kernel.check(table, self._find_existing(table), update=self.on_existing == "update")

    def _count(self, result):
        return {
            **super()._count(result),
            "new": sum(1 for node in result.nodes if not node.id),
            "known": sum(1 for node in result.nodes if node.id),
            "points": sum(len(node.points) for node in result.nodes),
        }

    def _describe_good(self, counts):
        return self.env._(
            "%(row_count)s rows without errors: %(new)s new and %(known)s known devices, "
            "%(points)s supply points.",
            **counts,
        )

    def _find_existing(self, table):
        """Look up the file's codes and numbers, some queries whatever the number of rows."""
        _codes, numbers = kernel.find_keys(table)
        company = self.company_id
        nodes = (
            self.env["power.network.node"]
            .with_context(active_test=False)
            .search_fetch([("company_id", "=", company.id)], ["code", "kind", "parent_id"])
        )
        points = (
            self.env["power.supply.point"]
            .with_context(active_test=False)
            .search_fetch(
                [("number", "in", list(numbers)), ("company_id", "=", company.id)], ["number"]
            )
        )
        areas = {}
        for area in self.env["power.area"].search([("company_id", "=", company.id)]):
            for name in filter(None, (area.name, area.code, area.display_name)):
                areas.setdefault(normalise(name), area.id)
        return kernel.Existing(
            nodes={
                node.code: kernel.ExistingNode(node.id, node.kind, node.parent_id.code or None)
                for node in nodes
            },
            points={point.number: point.id for point in points},
            areas=areas,
        )

    # === IMPORT === #

    def _import(self, result):
        """Create and update the devices level by level, then hang the supply points in.

        :return: the devices of the file
        """
        nodes = self.env["power.network.node"].with_context(active_test=False)
        known = nodes.search([("company_id", "=", self.company_id.id)])
        by_code = {node.code: node for node in known}
        pending = []
        for node in result.nodes:
            if node.parent and node.parent not in by_code:
                # all of one level are created together; a deeper one needs their ids
                self._create_nodes(pending, by_code)
                pending = []
            if node.id:
                by_code[node.code].write(self._prepare_node_vals(node, by_code))
            else:
                pending.append(node)
        self._create_nodes(pending, by_code)
        self._hang_points(result.nodes, by_code)
        nodes._refresh_customer_totals(self.company_id)
        return nodes.union(*(by_code[node.code] for node in result.nodes))

    def _create_nodes(self, pending, by_code):
        created = self.env["power.network.node"].create(
            [self._prepare_node_vals(node, by_code) for node in pending]
        )
        by_code.update({record.code: record for record in created})

    def _prepare_node_vals(self, node, by_code):
        """Hook: values of a device; of a known one those that the file gives."""
        vals = {"name": node.name, "kind": node.kind}
        vals["parent_id"] = by_code[node.parent].id if node.parent else False
        if node.latitude is not None:
            vals["latitude"] = float(node.latitude)
        if node.longitude is not None:
            vals["longitude"] = float(node.longitude)
        if node.area:
            vals["area_id"] = node.area
        if not node.id:
            vals["code"] = node.code
            vals["company_id"] = self.company_id.id
        return vals

    def _hang_points(self, nodes, by_code):
        for node in nodes:
            if node.points:
                points = self.env["power.supply.point"].browse(node.points)
                points.write({"node_id": by_code[node.code].id})

    # === WORDS === #

    @api.model
    def _get_choices(self):
        return dict(self.env["power.network.node"]._fields["kind"]._description_selection(self.env))

    def _prepare_detail(self, problem, choices):
        if problem.code == Code.UNKNOWN_KIND:
            return ", ".join(choices.values())
        if problem.code in (Code.ORPHAN, Code.WRONG_PARENT_KIND):
            return ", ".join(choices[kind] for kind in problem.detail.split(","))
        return super()._prepare_detail(problem, choices)

    # === FILES === #

    @api.model
    def _get_template_name(self):
        return self.env._("network.csv"), "text/csv; charset=utf-8"

    @api.model
    def _get_error_file_name(self):
        return self.env._("network_errors.xlsx")

    @api.model
    def _make_template(self):
        """Return the template as CSV with an example row of each kind.

        :rtype: bytes
        """
        labels = self._get_choices()
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow([self._get_column_title(column.key) for column in kernel.COLUMNS])
        mark = EXAMPLE_PREFIX
        rows = (
            ("S1", self.env._("Taihu substation"), "substation", "", "", "31.4912", "120.3119"),
            ("F1", self.env._("Lake feeder 12"), "feeder", "S1", "", "31.4920", "120.3150"),
            ("W1", self.env._("Switch 12-1"), "switch", "F1", "", "31.4931", "120.3170"),
            ("T1", self.env._("Garden"), "transformer", "W1", "3001; 3002", "31.494", "120.32"),
        )
        for code, name, kind, parent, *rest in rows:
            above = f"{mark}-{parent}" if parent else ""
            writer.writerow([f"{mark}-{code}", name, labels[kind], above, *rest, ""])
        return b"\xef\xbb\xbf" + stream.getvalue().encode()
