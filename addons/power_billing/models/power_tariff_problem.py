from odoo import api, models


class PowerTariffVersion(models.Model):
    """The words for what is wrong with a price list or a version."""

    _inherit = "power.tariff.version"

    @api.model
    def _get_problem_texts(self, problem):
        """Return (what is wrong, what to do) of a ``price_list.Problem``, translated."""
        data = {
            "value": "", "key": "", "allowed": "", "kind": "", "kinds": "", "other": "",
            **problem.data,
        }  # fmt: skip
        shape = self._get_shape_texts(data)
        texts = shape | self._get_sense_texts(data)
        return texts.get(problem.code) or (self.env._("Not valid: %s.", problem), "")

    @api.model
    def _get_shape_texts(self, data):
        value = data["value"]
        return {
            "encoding": (
                self.env._("The file is no UTF-8 text."),
                self.env._("Save it again as JSON in UTF-8, or use XLSX."),
            ),
            "json": (
                self.env._(
                    "The file is no JSON: line %(line)s, column %(column)s.",
                    line=data.get("line", ""),
                    column=data.get("column", ""),
                ),
                self.env._("Correct the file there."),
            ),
            "xlsx": (
                self.env._("The file cannot be opened as XLSX."),
                self.env._("Save it again as XLSX."),
            ),
            "sheet": (
                self.env._("The workbook has no sheet “%s”.", value),
                self.env._("Start from an exported price list."),
            ),
            "head": (
                self.env._("The sheet has no column “%s”.", value),
                self.env._("Start from an exported price list."),
            ),
            "format": (
                self.env._("This is no price list of the format %s.", data["allowed"]),
                self.env._("Its key “format” must say “%s”.", data["allowed"]),
            ),
            "type": (
                {
                    "list": self.env._("A list is expected here."),
                    "object": self.env._("An object with keys is expected here."),
                }.get(data.get("expected"), ""),
                self.env._("See the description of the format."),
            ),
            "unknown": (
                self.env._("“%s” is not known here.", data["key"]),
                self.env._("Remove it, or use one of: %s.", data["allowed"]),
            ),
            "missing": (
                self.env._("“%s” is missing.", data["key"]),
                self.env._("Fill it in."),
            ),
            "choice": (
                self.env._("“%s” is not one of the choices.", value),
                self.env._("Use one of: %s.", data["allowed"]),
            ),
            "text": (
                self.env._("“%s” is no text.", value),
                self.env._("Fill in a text."),
            ),
            "bool": (
                self.env._("“%s” is neither true nor false.", value),
                self.env._("Write true or false."),
            ),
            "code": (
                self.env._("“%s” is no code.", value),
                self.env._("Use small letters, digits and “_”, beginning with a letter."),
            ),
            "number": (
                self.env._("“%s” is no number of zero or more.", value),
                self.env._("Write it with a decimal point, for example 0.618."),
            ),
            "tier": (
                self.env._("“%s” is no tier.", value),
                self.env._("Tiers count 1, 2, 3."),
            ),
            "date": (
                self.env._("“%s” is not a date.", value),
                self.env._("Write the date as 2026-01-31."),
            ),
            "time": (
                self.env._("“%s” is no time of day.", value),
                self.env._("Write it as 16:00; the end of the day is 24:00."),
            ),
            "names": (
                self.env._("“%s” are no names by language.", value),
                self.env._('Write them as {"zh_CN": "…"}.'),
            ),
            "months": (
                self.env._("“%s” names no months.", value),
                self.env._("Write them as 1-6, 9-12 (in JSON as a list of numbers)."),
            ),
            "limits": (
                self.env._("“%s” are no limits of tiers.", value),
                self.env._("Write them as 2760; 4800 (in JSON as a list of texts)."),
            ),
        }

    @api.model
    def _get_sense_texts(self, data):
        value = data["value"]
        periods = self.env["power.tariff.period"]
        period = periods._get_label(data.get("period", "") or "")
        labels = dict(
            self.env["power.tariff.schedule"]._fields["days"]._description_selection(self.env)
        )
        return {
            "rising": (
                self.env._("The limits %s do not rise.", value),
                self.env._("Each limit must be above the one before."),
            ),
            "duplicate": (
                self.env._("“%s” is there twice.", value),
                self.env._("Rename or remove one."),
            ),
            "dates_order": (
                self.env._("The version ends on %s, before it begins.", value),
                self.env._("Correct one of the dates."),
            ),
            "versions_overlap": (
                self.env._(
                    "The version from %(value)s begins before the one from %(other)s has ended.",
                    value=value,
                    other=data["other"],
                ),
                self.env._("Set an end date on the earlier one."),
            ),
            "no_component": (
                self.env._("The version has no components."),
                self.env._("Add at least one with its price."),
            ),
            "only_for": (
                self.env._("This is not for charges of the kind “%s”.", data["kind"]),
                self.env._("Empty it; it belongs to: %s.", data["kinds"]),
            ),
            "unknown_period": (
                self.env._("The period “%s” does not exist.", data.get("period", "")),
                self.env._("Correct the code or add the period."),
            ),
            "unscheduled": (
                self.env._("The period “%s” has no hours in this version.", period),
                self.env._("Add its hours or remove its price."),
            ),
            "price_twice": (
                self.env._(
                    "Two prices for the same period and tier (%(period)s %(tier)s).",
                    period=period,
                    tier=data.get("tier", ""),
                ),
                self.env._("Remove one."),
            ),
            "price_or_factor": (
                self.env._("A row has either a price or a factor."),
                self.env._("Fill in one of the two."),
            ),
            "no_tier": (
                self.env._(
                    "There is no tier %(tier)s; the limits make %(tiers)s.",
                    tier=data.get("tier", ""),
                    tiers=data.get("tiers", ""),
                ),
                self.env._("Add a limit or remove the price."),
            ),
            "times_order": (
                self.env._("The hours end at %s, not after their start.", value),
                self.env._("Split a row at midnight."),
            ),
            "overlap": (
                self.env._(
                    "Rows %(other)s and %(row)s both hold from %(start)s to %(end)s "
                    "(month %(month)s, %(days)s).",
                    other=data["other"],
                    row=data.get("row", ""),
                    start=data.get("start", ""),
                    end=data.get("end", ""),
                    month=data.get("month", ""),
                    days=labels.get(data.get("days"), ""),
                ),
                self.env._("Each hour belongs to one period."),
            ),
            "gap": (
                self.env._(
                    "No period holds from %(start)s to %(end)s (month %(month)s, %(days)s).",
                    start=data.get("start", ""),
                    end=data.get("end", ""),
                    month=data.get("month", ""),
                    days=labels.get(data.get("days"), ""),
                ),
                self.env._("Add the hours that are missing."),
            ),
            "no_tariff": (
                self.env._("The tariff “%s” is not on the sheet of tariffs.", value),
                self.env._("Add it there or correct the code."),
            ),
            "no_version": (
                self.env._("Tariff “%(value)s” has no version from %(other)s on the sheet of "
                           "versions.", value=value, other=data["other"]),
                self.env._("Add it there or correct the date."),
            ),
            "no_such_component": (
                self.env._("The version has no component “%s”.", value),
                self.env._("Add it to the sheet of components or correct the name."),
            ),
            "currency": (
                self.env._(
                    "The list is in %(value)s, the company keeps its books in %(other)s.",
                    value=value,
                    other=data["other"],
                ),
                self.env._("Import it in a company with that currency."),
            ),
            "usage_category": (
                self.env._("The usage category “%s” does not exist.", value),
                self.env._("Add it or correct its code."),
            ),
            "frozen": (
                self.env._(
                    "The version from %s has been billed and cannot change.", value
                ),
                self.env._("Give the new prices a later first day."),
            ),
            "follows": (
                self.env._(
                    "The version from %(value)s would run into the one from %(other)s.",
                    value=value,
                    other=data["other"],
                ),
                self.env._("Set its last day before %s.", data["other"]),
            ),
            "billed_until": (
                self.env._(
                    "The version before has been billed until %(other)s, so that this one cannot "
                    "begin on %(value)s.",
                    value=value,
                    other=data["other"],
                ),
                self.env._("Give it a later first day."),
            ),
        }  # fmt: skip
