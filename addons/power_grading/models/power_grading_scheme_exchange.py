import base64
import functools
import json

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.power_crm.tools.table_file import XLSX

from ..tools import scheme_xlsx
from ..tools.scheme_xlsx import FORMAT

_SHEET_MODELS = {
    "Scheme": "power.grading.scheme",
    "Indicators": "power.grading.indicator",
    "Steps": "power.grading.step",
    "Bands": "power.grading.band",
    "Conditions": "power.grading.rule.condition",
    "Limits": "power.grading.cap",
}
_SCHEME = (
    "name", "code", "axis", "legend", "description", "source", "population_domain", "combination",
    "high_is_good", "base_points", "clipped", "score_min", "score_max", "cut_months",
)  # fmt: skip
_INDICATOR = (
    "name", "source", "months", "partner_domain", "unit", "weight", "transformation", "x0", "y0",
    "x1", "y1", "points_below", "points_yes", "points_no", "missing", "missing_points", "advice",
)  # fmt: skip
_BAND = (
    "letter", "name", "legend", "open_below", "value_from", "open_above", "value_to", "share",
    "warning", "color",
)  # fmt: skip
_CAP = ("name", "kind", "steps", "months", "operator", "value", "advice")


class PowerGradingScheme(models.Model):
    """Schemes as JSON files and workbooks, to keep, compare, and carry to another company."""

    _inherit = "power.grading.scheme"

    def action_export(self):
        """The scheme as JSON."""
        self.ensure_one()
        content = json.dumps(self._to_json(), ensure_ascii=False, indent=2).encode()
        return self._download("json", content, "application/json")

    def action_export_xlsx(self):
        """The scheme as a workbook."""
        self.ensure_one()
        return self._download("xlsx", self._to_xlsx(), XLSX)

    def _download(self, extension, content, mimetype):
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self.code}-{self.version}.{extension}",
                "datas": base64.b64encode(content),
                "mimetype": mimetype,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    def _to_xlsx(self):
        self.ensure_one()
        return scheme_xlsx.write(
            self._to_json(), self._get_sheet_title, self._get_sheet_label, self._get_sheet_words
        )

    def _get_sheet_title(self, sheet):
        return {
            "Scheme": self.env._("Scheme"),
            "Indicators": self.env._("Indicators"),
            "Steps": self.env._("Indicator steps"),
            "Bands": self.env._("Bands"),
            "Conditions": self.env._("Conditions"),
            "Limits": self.env._("Limits"),
            "Choices": self.env._("Choices"),
        }[sheet]

    def _get_sheet_field(self, sheet, key):
        return self.env[_SHEET_MODELS[sheet]]._fields.get(key)

    def _get_sheet_label(self, sheet, key):
        field = self._get_sheet_field(sheet, key)
        words = {"no": self.env._("No."), "indicator": self.env._("Indicator")}
        words |= {"band": self.env._("Grade"), "row": self.env._("Row")}
        words |= {"label": self.env._("What"), "key": self.env._("Key")}
        words |= {"value": self.env._("Entry"), "format": self.env._("Format")}
        return words.get(key) or (field._description_string(self.env) if field else key)

    def _get_sheet_words(self, sheet, key):
        """{code: words} of what may be chosen in a cell, those of one meaning only."""
        if (sheet, key) == ("Scheme", "label"):
            return {name: self._get_sheet_label(sheet, name) for name in ("format", *_SCHEME)}
        field = self._get_sheet_field(sheet, key)
        if not field or field.type != "selection":
            return {}
        choices = field._description_selection(self.env)
        labels = [label for _code, label in choices]
        return {code: label for code, label in choices if labels.count(label) == 1}

    def _get_sheet_codes(self):
        """What the reader takes: titles of the sheets and words of choices in every language.

        :return: two functions: sheet → titles; (sheet, key) → {words: code}
        """
        spoken = [
            self.with_context(lang=code) for code, _name in self.env["res.lang"].get_installed()
        ]

        @functools.cache
        def titles(sheet):
            return [scheme._get_sheet_title(sheet) for scheme in spoken]

        @functools.cache
        def codes(sheet, key):
            return {
                words: code
                for scheme in spoken
                for code, words in scheme._get_sheet_words(sheet, key).items()
            }

        return titles, codes

    @api.model
    def _from_xlsx(self, content):
        """Create a draft from a workbook.

        :raises UserError: naming sheet, row and column
        """
        try:
            data = scheme_xlsx.read(content, *self._get_sheet_codes())
        except scheme_xlsx.SheetError as error:
            raise UserError(self._describe_sheet_error(error)) from error
        return self._from_json(data)

    def _describe_sheet_error(self, error):
        if not error.sheet:
            return self.env._("This is no XLSX workbook.")
        sheet = self._get_sheet_title(error.sheet)
        if error.row is None:
            return (
                self.env._(
                    "Sheet “%(sheet)s”: the column “%(column)s” is missing. Its key stands in "
                    "the second row.",
                    sheet=sheet,
                    column=error.column,
                )
                if error.column
                else self.env._("The sheet “%s” is missing.", sheet)
            )
        return self.env._(
            "Sheet “%(sheet)s”, row %(row)s, column “%(column)s”: “%(value)s” does not fit there.",
            sheet=sheet,
            row=error.row,
            column=error.column,
            value="" if error.value is None else error.value,
        )

    def _to_json(self):
        """The scheme as plain data; what refers to an indicator or band does so by its place."""
        self.ensure_one()
        indicators, bands = list(self.indicator_ids), list(self._get_bands())

        def place(items, item):
            return items.index(item) if item else None

        return {
            "format": FORMAT,
            **{name: self[name] for name in _SCHEME},
            "indicators": [
                {
                    **{name: indicator[name] for name in _INDICATOR},
                    "steps": [[step.value_from, step.points] for step in indicator.step_ids],
                }
                for indicator in indicators
            ],
            "bands": [{name: band[name] for name in _BAND} for band in bands],
            "rules": [
                {
                    "band": place(bands, rule.band_id),
                    "conditions": [
                        [place(indicators, test.indicator_id), test.operator, test.value]
                        for test in rule.condition_ids
                    ],
                }
                for rule in self.rule_ids
            ],
            "caps": [
                {
                    **{name: cap[name] for name in _CAP},
                    "band": place(bands, cap.band_id),
                    "indicator": place(indicators, cap.indicator_id),
                }
                for cap in self.cap_ids
            ],
        }

    @api.model
    def _from_json(self, data):
        """Create a draft from exported data: a new version where the code is known.

        A scheme the current company has for itself gets its new version there; another is
        everybody's.

        :raises UserError: when the data is no scheme, naming what is wrong
        """
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise UserError(
                self.env._("This is no file of a grading scheme (format “%s” expected).", FORMAT)
            )
        unknown = set(data) - {*_SCHEME, "format", "indicators", "bands", "rules", "caps"}
        if unknown:
            raise UserError(
                self.env._("The file has entries nobody knows: %s.", ", ".join(sorted(unknown)))
            )
        try:
            return self._create_from_json(data)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise UserError(
                self.env._("The file is no complete grading scheme: %s.", error)
            ) from error

    def _create_from_json(self, data):
        last = self.search(
            [("code", "=", data["code"]), ("company_id", "in", [False, self.env.company.id])],
            order="company_id, version desc",
            limit=1,
        )
        scheme = self.create(
            {
                **{name: data[name] for name in _SCHEME if name in data},
                "version": last.version + 1 if last else 1,
                "company_id": last.company_id.id,
                "indicator_ids": [
                    Command.create(
                        {
                            **{name: part[name] for name in _INDICATOR if name in part},
                            "sequence": 10 * place,
                            "step_ids": [
                                Command.create({"value_from": start, "points": points})
                                for start, points in part.get("steps", [])
                            ],
                        }
                    )
                    for place, part in enumerate(data["indicators"], start=1)
                ],
                "band_ids": [
                    Command.create(
                        {
                            **{name: part[name] for name in _BAND if name in part},
                            "sequence": 10 * place,
                        }
                    )
                    for place, part in enumerate(data["bands"], start=1)
                ],
            }
        )
        indicators, bands = scheme.indicator_ids.sorted("sequence"), scheme._get_bands()

        def at(items, place):
            return items[place].id if place is not None else False

        scheme.write(
            {
                "rule_ids": [
                    Command.create(
                        {
                            "sequence": 10 * place,
                            "band_id": at(bands, part["band"]),
                            "condition_ids": [
                                Command.create(
                                    {
                                        "indicator_id": at(indicators, indicator),
                                        "operator": operator,
                                        "value": value,
                                    }
                                )
                                for indicator, operator, value in part.get("conditions", [])
                            ],
                        }
                    )
                    for place, part in enumerate(data.get("rules", []), start=1)
                ],
                "cap_ids": [
                    Command.create(
                        {
                            **{name: part[name] for name in _CAP if name in part},
                            "sequence": 10 * place,
                            "band_id": at(bands, part.get("band")),
                            "indicator_id": at(indicators, part.get("indicator")),
                        }
                    )
                    for place, part in enumerate(data.get("caps", []), start=1)
                ],
            }
        )
        return scheme
