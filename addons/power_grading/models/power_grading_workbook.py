from odoo import models

from odoo.addons.power_crm.tools import workbook
from odoo.addons.power_crm.tools.workbook import Column

# what fits the eye and a worksheet; the results sheets hold everybody
MOST_MOVERS = 20_000
# room for an amount of hundreds of millions with its decimals, or #### would stand there
WIDE = 17
# room for the name of a grade inside a layer of the pyramid
GRADE = 22
# rows of a scheme in the summary, with its chart beside them, and how many fit a page
BLOCK_ROWS = 14
PAGE_BLOCKS = 6


class PowerGradingRun(models.Model):
    """The run as a workbook that can be passed on as it is."""

    _inherit = "power.grading.run"

    def action_export_workbook(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/power/grading/run/{self.id}/workbook",
            "target": "download",
        }

    def _make_workbook(self):
        """Summary with charts, movement, who moved and why, and all results with points.

        :return: bytes of an XLSX file
        """
        self.ensure_one()
        return workbook.make(self._fill_workbook)

    def _fill_workbook(self, book):
        formats = self._prepare_formats(book)
        self._write_summary(book, formats)
        self._write_movement(book, formats)
        self._write_movers(book, formats)
        for line in self.line_ids:
            self._write_results(book, formats, line)

    def _prepare_formats(self, book):
        return {
            "title": book.add_format({"bold": True, "font_size": 16, "font_color": "#0B5E7D"}),
            "head": book.add_format(
                {"bold": True, "bg_color": "#0B5E7D", "font_color": "white", "text_wrap": True,
                 "valign": "vcenter", "border": 1, "border_color": "#FFFFFF"}
            ),
            "number_head": book.add_format(
                {"bold": True, "bg_color": "#0B5E7D", "font_color": "white", "align": "right",
                 "border": 1, "border_color": "#FFFFFF"}
            ),
            "text": book.add_format({"valign": "top"}),
            "note": book.add_format({"italic": True, "font_color": "#666666"}),
            "letter": book.add_format({"bold": True, "align": "center"}),
            "wrap": book.add_format({"valign": "top", "text_wrap": True}),
            "step": book.add_format({"num_format": "[Color10]+0;[Red]-0;0"}),
            "int": book.add_format({"num_format": "#,##0"}),
            "number": book.add_format({"num_format": "#,##0.00"}),
            "percent": book.add_format({"num_format": "0.0%"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }  # fmt: skip

    def _write_summary(self, book, formats):
        sheet = book.add_worksheet(self.env._("Summary"))
        sheet.hide_gridlines(2)
        for place, width in enumerate((30, GRADE, 12, 12, 3)):
            sheet.set_column(place, place, width)
        sheet.set_row(0, 26)
        sheet.write(0, 0, self.name, formats["title"])
        about = [self.company_id.name, str(self.date)]
        if not self._get_part().is_true():
            about.append(self.env._("only a part of the customers"))
        sheet.write(1, 0, " · ".join(about), formats["note"])
        starts, row = [], 3
        for line in self.line_ids:
            starts.append(row)
            row = max(self._write_summary_block(book, sheet, formats, line, row), row + BLOCK_ROWS)
        # whole schemes on each page, which a sheet fitted to the page's width would not heed
        sheet.set_print_scale(55)
        sheet.set_h_pagebreaks(starts[PAGE_BLOCKS::PAGE_BLOCKS])
        workbook.set_up_pages(sheet, 0)

    def _write_summary_block(self, book, sheet, formats, line, row):
        """Write a scheme's grades with their chart; return the row after them."""
        sheet.write(row, 0, line.scheme_id.legend or "", formats["note"])
        sheet.write(row + 1, 0, self.env._("Scheme"), formats["head"])
        sheet.write(row + 1, 1, self.env._("Grade"), formats["head"])
        sheet.write(row + 1, 2, self.env._("Customers"), formats["number_head"])
        sheet.write(row + 1, 3, self.env._("Share"), formats["number_head"])
        counts = line._get_band_counts()
        total = sum(count for _band, count in counts)
        first = row + 2
        for place, (band, count) in enumerate(counts, first):
            sheet.write(place, 0, line.scheme_id.display_name, formats["text"])
            sheet.write(place, 1, band, formats["letter"])
            sheet.write(place, 2, count, formats["int"])
            sheet.write(place, 3, count / total if total else 0, formats["percent"])
        after = first + len(counts)
        self._add_chart(book, sheet, line.scheme_id.display_name, first, after - 1)
        return after + 1

    def _add_chart(self, book, sheet, title, first, last):
        if last < first:
            return
        chart = book.add_chart({"type": "column"})
        chart.add_series(
            {
                "categories": [sheet.name, first, 1, last, 1],
                "values": [sheet.name, first, 2, last, 2],
                "fill": {"color": "#18879B"},
                "data_labels": {"value": True},
                "gap": 60,
            }
        )
        chart.set_title({"name": title, "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"visible": False, "major_gridlines": {"visible": False}})
        chart.set_size({"width": 380, "height": 220})
        sheet.insert_chart(first - 1, 5, chart)

    def _write_movement(self, book, formats):
        sheet = book.add_worksheet(self.env._("Movement"))
        columns = [
            Column(self.env._("Scheme"), 30),
            Column(self.env._("Grade before"), GRADE),
            Column(self.env._("Grade now"), GRADE),
            Column(self.env._("Steps up"), 16, formats["int"]),
            Column(self.env._("Customers"), 16, formats["int"]),
        ]
        rows = (
            (
                total.scheme_id.display_name,
                total.from_band_id.display_name or "–",
                total.band_id.display_name or "–",
                total.step,
                total.count,
            )
            for total in self.total_ids
        )
        workbook.write_table(sheet, columns, rows, formats["head"])

    def _write_movers(self, book, formats):
        """Whoever has another grade than before, the largest steps first."""
        sheet = book.add_worksheet(self.env._("Who moved"))
        columns = [
            Column(self.env._("Customer number"), 16),
            Column(self.env._("Customer"), 34),
            Column(self.env._("Scheme"), 30),
            Column(self.env._("Grade before"), GRADE, formats["letter"]),
            Column(self.env._("Grade now"), GRADE, formats["letter"]),
            Column(self.env._("Steps up"), 10, formats["step"]),
            Column(self.env._("Score"), WIDE, formats["number"]),
            Column(self.env._("Why"), 100, formats["wrap"]),
        ]
        rows = (
            (
                result.partner_id.power_customer_number or "",
                result.partner_id.name or "",
                result.scheme_id.display_name,
                result.previous_letter or "–",
                result.letter or "–",
                result.step,
                result.score,
                result._explain_move(result.previous_id),
            )
            for result in self._get_movers()
        )
        workbook.write_table(sheet, columns, rows, formats["head"], fixed=2)
        sheet.set_row(0, 32)

    def _get_movers(self):
        return (
            self.env["power.grading.result"]
            .search(
                [("line_id", "in", self.line_ids.ids), ("step", "!=", 0)],
                order="id",
                limit=MOST_MOVERS,
            )
            .sorted(lambda result: (-abs(result.step), result.scheme_id.sequence))
        )

    def _write_results(self, book, formats, line):
        """A row a customer: grade, score, and value and points of each indicator."""
        scheme = line.scheme_id
        sheet = book.add_worksheet(self._get_sheet_name(book, scheme.display_name))
        indicators = scheme.indicator_ids
        columns = [
            Column(self.env._("Customer number"), 16),
            Column(self.env._("Customer"), 34),
            Column(self.env._("Grade"), GRADE, formats["letter"]),
            Column(self.env._("Before"), GRADE, formats["letter"]),
            Column(self.env._("Score"), WIDE, formats["number"]),
        ]
        for indicator in indicators:
            columns += [
                Column(title, WIDE, formats["number"])
                for title in (indicator.name, self.env._("Points: %s", indicator.name))
            ]
        results = line._get_results_of_day()
        part = self._get_part()
        if not part.is_true():
            results = results.filtered_domain([("partner_id", "any", part)])
        rows = (self._get_result_row(result, indicators) for result in results)
        workbook.write_table(sheet, columns, rows, formats["head"], fixed=2)
        sheet.set_row(0, 48)

    def _get_result_row(self, result, indicators):
        keys = [str(indicator.id) for indicator in indicators]
        return (
            result.partner_id.power_customer_number or "",
            result.partner_id.name or "",
            result.letter or "–",
            result.previous_letter or "",
            result.score if result.scheme_id.combination != "table" else None,
            *(
                (facts or {}).get(key)
                for key in keys
                for facts in (result.raw_values, result.points)
            ),
        )

    def _get_sheet_name(self, book, name):
        """At most 31 characters, without what Excel forbids, and free."""
        clean = "".join("-" if sign in "[]:*?/\\" else sign for sign in name)[:28]
        taken = {sheet.name.lower() for sheet in book.worksheets()}
        candidate, number = clean, 2
        while candidate.lower() in taken:
            candidate, number = f"{clean} {number}", number + 1
        return candidate
