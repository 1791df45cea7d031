import base64
import io

import xlsxwriter

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import LazyTranslate
from odoo.tools.gc import disabling_gc

from ..tools.table_file import FileCode, FileError, TableCode

_lt = LazyTranslate(__name__)
_SHOWN_PROBLEMS = 2000
_WIDTHS = {"row": 8, "column": 24, "value": 28, "problem": 48, "remedy": 64}


class PowerTableImportMixin(models.AbstractModel):
    """Bring records in from a table, everything or nothing.

    The file is read and checked by a kernel that knows no database; every fault of it is listed,
    with its remedy. Who inherits names the kernel's columns, the words of its faults and where
    the files are fetched, adds ``problem_ids``, and says how a table is checked and imported.
    """

    _name = "power.table.import.mixin"
    _inherit = ["power.upload.mixin"]
    _description = "Import of a table"

    # What the kernel reads: its columns, and how many rows at most.
    _COLUMNS = ()
    _MAX_ROWS = 0
    # Where the template and the list of errors are fetched.
    _FILES_URL = ""
    # What is wrong and how to mend it, by code; ``%(detail)s`` is what the kernel adds.
    _PROBLEM_TEXTS = {
        "required": (_lt("Nothing is given."), _lt("Fill in this cell.")),
        "too_long": (
            _lt("The text is too long."),
            _lt("Shorten it to %(detail)s characters."),
        ),
        TableCode.FORMULA: (
            _lt("The cell holds a formula without a stored result."),
            _lt("Copy the column and paste it as values."),
        ),
        TableCode.TOO_MANY_CELLS: (
            _lt("The row has more cells than there are titles."),
            _lt("Put texts that contain the delimiter in quotation marks."),
        ),
        TableCode.REPEATED_COLUMN: (
            _lt("This column appears twice."),
            _lt("Delete one of the two columns."),
        ),
    }

    state = fields.Selection(
        [("draft", "File"), ("wrong", "Errors"), ("ready", "Ready"), ("done", "Done")],
        default="draft",
        required=True,
        readonly=True,
    )
    file_error = fields.Text(string="File refused", readonly=True)
    summary = fields.Text(string="Findings", readonly=True)
    problem_count = fields.Integer(string="Errors", readonly=True)
    error_file = fields.Binary(attachment=False, readonly=True)

    # === HOOKS === #

    @api.model
    def _get_columns(self):
        """Hook: return the columns that are read and written; other add-ons add theirs."""
        return self._COLUMNS

    def _read_table(self, content):
        """Hook: return the kernel's table; it raises ``FileError``."""
        raise NotImplementedError

    def _check_table(self, table):
        """Hook: return the kernel's result, with ``problems`` and ``row_count``."""
        raise NotImplementedError

    def _import(self, result):
        """Hook: write what the result says; one fault undoes all of it.

        :return: the records of the file, in its order
        """
        raise NotImplementedError

    def _get_imported_action(self, records):
        """Hook: return the action that shows what was imported."""
        raise NotImplementedError

    def _count(self, result):
        """Hook: return {name: number} of what was found, for :meth:`_summarise`."""
        return {
            "row_count": result.row_count,
            "wrong_row_count": len({problem.row for problem in result.problems}),
            "problem_count": len(result.problems),
        }

    def _describe_good(self, counts):
        """Hook: say what a file without errors would bring."""
        raise NotImplementedError

    @api.model
    def _get_choices(self):
        """Hook: return the words to choose from by kind of column, in the user's language."""
        return {}

    def _prepare_detail(self, problem, choices):
        """Hook: return what ``%(detail)s`` stands for in the words of a fault.

        :param dict choices: as :meth:`_get_choices` gives them
        """
        return problem.detail

    def _get_title(self):
        """Hook: return the title of the dialog."""
        raise NotImplementedError

    @api.model
    def _make_template(self):
        """Hook: return the template's bytes."""
        raise NotImplementedError

    @api.model
    def _get_template_name(self):
        """Hook: return (name, media type) of the template."""
        raise NotImplementedError

    @api.model
    def _get_error_file_name(self):
        """Hook: return the name of the list of errors."""
        raise NotImplementedError

    # === ACTIONS === #

    def action_download_template(self):
        return {
            "type": "ir.actions.act_url",
            "url": f"{self._FILES_URL}/template",
            "target": "download",
        }

    def action_download_errors(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"{self._FILES_URL}/{self.id}/errors",
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
        # millions of new objects, none of them in a cycle: the collector would look at them in vain
        with disabling_gc():
            records = self._import(result)
            self.env.flush_all()
        self.write({"state": "done", "file": False})
        return {
            **self._get_imported_action(records),
            "domain": [("id", "in", records.ids)],
            "context": {},
            "target": "main",
        }

    def _reopen(self):
        return {
            **super()._reopen(),
            "name": self._get_title(),
            "context": {"dialog_size": "extra-large"},
        }

    # === CHECK === #

    def _check_file(self):
        """Read and check the file, keep the findings; return the kernel's result or None."""
        content = self._get_content()
        try:
            table = self._read_table(content)
        except FileError as error:
            self.write(
                {
                    **self._prepare_empty_vals(),
                    "state": "wrong",
                    "file_error": self._describe_file(error),
                }
            )
            return None
        result = self._check_table(table)
        self.write({**self._prepare_empty_vals(), **self._prepare_result_vals(result)})
        return result

    def _prepare_empty_vals(self):
        return {
            "state": "draft",
            "file_error": False,
            "summary": False,
            "problem_count": 0,
            "problem_ids": [Command.clear()],
            "error_file": False,
        }

    def _prepare_result_vals(self, result):
        choices = self._get_choices()
        lines = [self._prepare_problem_vals(problem, choices) for problem in result.problems]
        counts = self._count(result)
        return {
            **{name: value for name, value in counts.items() if name in self._fields},
            "state": "wrong" if lines else "ready",
            "summary": self._summarise(counts),
            "problem_ids": [
                Command.clear(),
                *(Command.create(line) for line in lines[:_SHOWN_PROBLEMS]),
            ],
            "error_file": base64.b64encode(self._make_error_file(lines)) if lines else False,
        }

    def _summarise(self, counts):
        if not counts["problem_count"]:
            return self._describe_good(counts)
        return self.env._(
            "%(wrong_row_count)s of %(row_count)s rows have errors (%(problem_count)s errors in "
            "all). Nothing is imported before all of them are mended.",
            **counts,
        )

    # === WORDS === #

    def _describe_file(self, error):
        """Say why a file was refused, and what to do."""
        titles = ", ".join(self._get_column_title(key) for key in error.detail.split(",") if key)
        texts = {
            FileCode.EMPTY: self.env._("The file is empty. Fill in the template and save it."),
            FileCode.NOT_A_TABLE: self.env._(
                "This is neither an XLSX workbook nor a text table. Save it from your "
                "spreadsheet program as XLSX, or as CSV in UTF-8 or GB 18030."
            ),
            FileCode.OLD_EXCEL: self.env._(
                "This is a workbook of the old XLS form. Open it and save it as XLSX."
            ),
            FileCode.BROKEN_EXCEL: self.env._(
                "The workbook is damaged or protected by a password and cannot be read. Open it "
                "in your spreadsheet program and save it again as XLSX."
            ),
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
                rows=self._MAX_ROWS,
            ),
        }
        return texts[error.code]

    @api.model
    def _get_column_title(self, key):
        chinese = (self.env.lang or "").startswith("zh")
        for column in self._get_columns():
            if column.key == key:
                return column.title_zh if chinese else column.title
        return key

    def _prepare_problem_vals(self, problem, choices):
        text, remedy = self._describe_problem(problem, choices)
        return {
            "row": problem.row,
            "column": self._get_column_title(problem.column),
            "value": problem.value,
            "problem": text,
            "remedy": remedy,
        }

    def _describe_problem(self, problem, choices):
        """Return what is wrong and how to mend it, in the user's language."""
        texts = {**PowerTableImportMixin._PROBLEM_TEXTS, **self._PROBLEM_TEXTS}[problem.code]
        detail = self._prepare_detail(problem, choices)
        words = [self.env._(text) for text in texts]
        return tuple(word % {"detail": detail} for word in words)

    # === FILES === #

    @api.model
    def _make_error_file(self, lines):
        """Return a list of errors as the bytes of an XLSX.

        :param list lines: values of the problems
        """
        fields_of = self.problem_ids._fields
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet(self.env._("Errors"))
            bold = book.add_format({"bold": True, "bg_color": "#F2F2F2", "bottom": 1})
            wrap = book.add_format({"text_wrap": True, "valign": "top"})
            for index, (name, width) in enumerate(_WIDTHS.items()):
                sheet.set_column(index, index, width, wrap)
                title = fields_of[name]._description_string(self.env)
                sheet.write_string(0, index, title, bold)
                for number, line in enumerate(lines, 1):
                    if name == "row":
                        sheet.write_number(number, index, line[name])
                    else:
                        sheet.write_string(number, index, line[name] or "")
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, len(lines), len(_WIDTHS) - 1)
        return stream.getvalue()
