import base64
import csv
import io

import xlsxwriter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import LazyTranslate

from odoo.addons.power_crm.tools.customer_import import normalise

from ..tools import network_import as kernel
from ..tools.network_import import Code, FileCode

_lt = LazyTranslate(__name__)
_SHOWN_PROBLEMS = 2000

_PROBLEM_TEXTS = {
    Code.REQUIRED: (_lt("Nothing is given."), _lt("Fill in this cell.")),
    Code.BAD_CODE: (
        _lt("The spreadsheet has rounded this number."),
        _lt("Format the column as text and enter the code again."),
    ),
    Code.TOO_LONG: (
        _lt("The text is too long."),
        _lt("Shorten it to %(detail)s characters."),
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
    _description = "Import of network devices"

    file = fields.Binary(attachment=False)
    filename = fields.Char()
    on_existing = fields.Selection(
        [("update", "Update them"), ("refuse", "Refuse them as errors")],
        string="Devices that exist already",
        default="update",
        required=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        [("draft", "File"), ("wrong", "Errors"), ("ready", "Ready"), ("done", "Done")],
        default="draft",
        required=True,
        readonly=True,
    )
    file_error = fields.Text(string="File refused", readonly=True)
    summary = fields.Text(string="Findings", readonly=True)
    problem_count = fields.Integer(string="Errors", readonly=True)
    problem_ids = fields.One2many(
        "power.network.import.problem", "import_id", string="Errors found", readonly=True
    )

    # === ACTIONS === #

    def action_download_template(self):
        return {
            "type": "ir.actions.act_url",
            "url": "/power/network_import/template",
            "target": "download",
        }

    def action_download_errors(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/power/network_import/{self.id}/errors",
            "target": "download",
        }

    def action_check(self):
        """Read the file and list every error in it; nothing is imported."""
        self.ensure_one()
        self._check_file()
        return self._reopen()

    def action_import(self):
        """Check again and import, if there is no error at all."""
        self.ensure_one()
        result = self._check_file()
        if result is None or self.state != "ready":
            return self._reopen()
        nodes = self._import(result)
        self.write({"state": "done", "file": False})
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "power_faults.power_network_node_action"
            ),
            "domain": [("id", "in", nodes.ids)],
            "context": {},
            "target": "main",
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Import the network"),
            "context": {"dialog_size": "extra-large"},
        }

    # === CHECK === #

    def _check_file(self):
        """Read and check the file, keep the findings; return the kernel's result or None."""
        if not self.file:
            raise UserError(self.env._("Choose a CSV or XLSX file first."))
        self.problem_ids.unlink()
        empty = {"state": "wrong", "file_error": False, "summary": False, "problem_count": 0}
        try:
            table = kernel.read_table(base64.b64decode(self.with_context(bin_size=False).file))
        except kernel.FileError as error:
            self.write({**empty, "file_error": self._describe_file(error)})
            return None
        result = kernel.check(
            table, self._find_existing(table), update=self.on_existing == "update"
        )
        lines = [self._prepare_problem_vals(problem) for problem in result.problems]
        self.write(
            {
                **empty,
                "state": "wrong" if lines else "ready",
                "problem_count": len(lines),
                "summary": self._summarise(result),
                "problem_ids": [Command.create(line) for line in lines[:_SHOWN_PROBLEMS]],
            }
        )
        return result

    def _summarise(self, result):
        if result.problems:
            return self.env._(
                "%(wrong)s of %(rows)s rows have errors (%(errors)s errors in all). Nothing is "
                "imported before all of them are mended.",
                wrong=len({problem.row for problem in result.problems}),
                rows=result.row_count,
                errors=len(result.problems),
            )
        return self.env._(
            "%(rows)s rows without errors: %(new)s new and %(known)s known devices, "
            "%(points)s supply points.",
            rows=result.row_count,
            new=sum(1 for node in result.nodes if not node.id),
            known=sum(1 for node in result.nodes if node.id),
            points=sum(len(node.points) for node in result.nodes),
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

    def _describe_file(self, error):
        """Say why a file was refused, and what to do."""
        titles = ", ".join(self._get_column_title(key) for key in error.detail.split(",") if key)
        texts = {
            FileCode.EMPTY: self.env._("The file is empty. Fill in the template and save it."),
            FileCode.NO_HEADER: self.env._(
                "No row with column titles was found; the file begins with: %(start)s. Use the "
                "titles of the template.",
                start=error.detail,
            ),
            FileCode.MISSING_COLUMNS: self.env._(
                "Required columns are missing: %(columns)s. Add them with exactly these titles.",
                columns=titles,
            ),
            FileCode.NO_ROWS: self.env._(
                "There is no row below the column titles (rows of the example are left out)."
            ),
            FileCode.TOO_LARGE: self.env._(
                "The file is too large. Divide it into files of at most %(rows)s rows.",
                rows=kernel.MAX_ROWS,
            ),
        }
        return texts.get(error.code) or self.env._(
            "This is neither an XLSX workbook nor a text table that can be read. Save it from "
            "your spreadsheet program as XLSX, or as CSV in UTF-8 or GB 18030."
        )

    def _get_column_title(self, key):
        chinese = (self.env.lang or "").startswith("zh")
        for column in kernel.COLUMNS:
            if column.key == key:
                return column.title_zh if chinese else column.title
        return key

    def _prepare_problem_vals(self, problem):
        detail = problem.detail
        if problem.code == Code.UNKNOWN_KIND:
            detail = ", ".join(self._get_kind_labels().values())
        elif problem.code in (Code.ORPHAN, Code.WRONG_PARENT_KIND):
            labels = self._get_kind_labels()
            detail = ", ".join(labels[kind] for kind in detail.split(","))
        told = {"detail": detail}
        what, remedy = (self.env._(text) for text in _PROBLEM_TEXTS[problem.code])
        return {
            "row": problem.row,
            "column": self._get_column_title(problem.column),
            "value": problem.value,
            "problem": what % told,
            "remedy": remedy % told,
        }

    def _get_kind_labels(self):
        return dict(self.env["power.network.node"]._fields["kind"]._description_selection(self.env))

    # === FILES === #

    @api.model
    def _make_template(self):
        """Return the template as CSV with an example row of each kind.

        :rtype: bytes
        """
        labels = self._get_kind_labels()
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow([self._get_column_title(column.key) for column in kernel.COLUMNS])
        mark = kernel.EXAMPLE_PREFIX
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

    def _make_error_file(self):
        """Return the list of errors as XLSX bytes."""
        self.ensure_one()
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet(self.env._("Errors"))
            bold = book.add_format({"bold": True, "bg_color": "#F2F2F2", "bottom": 1})
            wrap = book.add_format({"text_wrap": True, "valign": "top"})
            names = ("row", "column", "value", "problem", "remedy")
            for index, (name, width) in enumerate(zip(names, (8, 24, 28, 48, 64), strict=True)):
                field = self.env["power.network.import.problem"]._fields[name]
                sheet.set_column(index, index, width, wrap)
                sheet.write_string(0, index, field._description_string(self.env), bold)
                for number, line in enumerate(self.problem_ids, 1):
                    sheet.write(number, index, line[name] or "")
            sheet.freeze_panes(1, 0)
        return stream.getvalue()
