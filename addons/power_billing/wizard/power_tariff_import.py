import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.power_tariff_list import Plan, ready_lists
from ..tools import price_list, price_list_xlsx
from ..tools.price_list import ListError


class PowerTariffImport(models.TransientModel):
    """Import of a price list: what would happen first, then all of it or nothing."""

    _name = "power.tariff.import"
    _inherit = ["power.upload.mixin"]
    _description = "Import Price List"

    origin = fields.Selection(
        selection=[("file", "A file"), ("ready", "A ready-made list")],
        required=True,
        default="file",
    )
    ready = fields.Selection(selection="_selection_ready", string="Ready-made list")
    ready_source = fields.Char(string="Source", compute="_compute_ready_source")
    state = fields.Selection(
        selection=[
            ("upload", "List"),
            ("errors", "Errors"),
            ("preview", "Preview"),
            ("done", "Done"),
        ],
        default="upload",
        required=True,
    )
    line_ids = fields.One2many(
        comodel_name="power.tariff.import.line",
        inverse_name="import_id",
        string="What will happen",
        readonly=True,
    )
    summary = fields.Char(compute="_compute_summary")
    tariff_ids = fields.Many2many(comodel_name="power.tariff", readonly=True)

    @api.model
    def _selection_ready(self):
        lang = self.env.lang or "en_US"
        return [
            (key, (data.get("names") or {}).get(lang) or data.get("name") or key)
            for key, data in ready_lists().items()
        ]

    @api.depends("ready")
    def _compute_ready_source(self):
        for wizard in self:
            data = ready_lists().get(wizard.ready) or {}
            wizard.ready_source = data.get("source") or ""

    @api.depends("line_ids.action")
    def _compute_summary(self):
        for wizard in self:
            actions = wizard.line_ids.mapped("action")
            if "error" in actions:
                wizard.summary = self.env._("%s places are wrong.", actions.count("error"))
                continue
            wizard.summary = self.env._(
                "%(new)s new, %(changed)s changed, %(unchanged)s unchanged.",
                new=actions.count("create") + actions.count("new_version"),
                changed=actions.count("change"),
                unchanged=actions.count("unchanged"),
            )

    def action_preview(self):
        """Show what an import would do, or everything that is wrong."""
        self.ensure_one()
        plan = self._make_plan()
        self.line_ids.unlink()
        self.env["power.tariff.import.line"].create(self._prepare_line_vals_list(plan))
        self.state = "errors" if plan.problems else "preview"
        return self._reopen()

    def action_import(self):
        """Do it, unless something is wrong by now."""
        self.ensure_one()
        self.env["power.tariff"].check_access("create")
        plan = self._make_plan()
        if plan.problems:
            return self.action_preview()
        self.tariff_ids = self.env["power.tariff.list"]._apply(plan)
        self.state = "done"
        return self._reopen()

    def action_upload_again(self):
        self.write({"state": "upload", "file": False, "line_ids": [(5,)]})
        return self._reopen()

    def action_view_tariffs(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("power_billing.power_tariff_action")
        return {**action, "domain": [("id", "in", self.tariff_ids.ids)]}

    def _reopen(self):
        return {**super()._reopen(), "name": self.env._("Import a price list")}

    def _make_plan(self):
        """Read the list and compare it with the company's tariffs."""
        try:
            data, problems = self._read_list()
        except ListError as error:
            return Plan(problems=error.problems)
        plan = self.env["power.tariff.list"]._plan(data, self.company_id)
        plan.problems = problems + plan.problems
        return plan

    def _read_list(self):
        """Return (list, problems of reading)."""
        if self.origin == "ready":
            if not self.ready:
                raise UserError(self.env._("Choose a list first."))
            return ready_lists()[self.ready], []
        book = self._read_book()
        if book:
            return book.data, book.problems
        return price_list.loads(self._get_content()), []

    def _read_book(self):
        """Return the workbook, or nothing when the file is JSON."""
        content = self._get_content() if self.origin == "file" else b""
        if content.startswith(b"PK") or (self.filename or "").lower().endswith(".xlsx"):
            return price_list_xlsx.read(content)
        return None

    def _prepare_line_vals_list(self, plan):
        if not plan.problems:
            return [self._prepare_line_vals(line) for line in plan.lines]
        try:
            book = self._read_book()
        except ListError:
            book = None
        return [self._prepare_error_vals(problem, book) for problem in plan.problems]

    def _prepare_line_vals(self, line):
        return {"import_id": self.id, **line}

    def _prepare_error_vals(self, problem, book):
        """Return a wrong place with its sheet, row and field, or its path in JSON."""
        message, remedy = self.env["power.tariff.version"]._get_problem_texts(problem)
        sheet, row, key = book.place(problem.path) if book else ("", 0, "")
        if not book or not problem.path:
            sheet, row, key = problem.data.get("sheet", ""), 0, problem.path
        return {
            "import_id": self.id,
            "action": "error",
            "sheet": self._get_sheet_label(sheet),
            "row": row,
            "field": self._get_field_label(sheet, key) if book else key,
            "message": message,
            "remedy": remedy,
        }

    def _get_sheet_label(self, sheet):
        if (self.env.lang or "").startswith("zh") and sheet in price_list_xlsx.SHEETS:
            return price_list_xlsx.SHEETS[sheet][0]
        return sheet

    def _get_field_label(self, sheet, key):
        """Return the head of the column a path ends in."""
        heads = price_list_xlsx.SHEETS.get(sheet, ("", {}))[1]
        chinese = (self.env.lang or "").startswith("zh")
        plain = re.sub(r"\[\d+\]", "", key)
        for name in (plain, plain.partition(".")[0], plain.rpartition(".")[2]):
            if name in heads:
                return heads[name][1 if chinese else 0]
        if plain.startswith("names"):
            return heads.get("zh_CN", (plain, plain))[1 if chinese else 0]
        return plain
