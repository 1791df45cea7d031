import base64
import io

import xlsxwriter

from odoo import models

# what fits the eye and a worksheet; the results sheets hold everybody
MOST_MOVERS = 20_000
_WIDTHS = {"customer": 34, "text": 16, "number": 13}


class PowerGradingRun(models.Model):
    """The run as a workbook that can be passed on as it is."""

    _inherit = "power.grading.run"

    def action_export_workbook(self):
        self.ensure_one()
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self.name}.xlsx",
                "datas": base64.b64encode(self._make_workbook()),
                "mimetype": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    def _make_workbook(self):
        """Summary with charts, movement, who moved and why, and all results with points.

        :return: bytes of an XLSX file
        """
        self.ensure_one()
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(
            stream,
            # a customer called "=1+1" is no formula
            {"in_memory": True, "remove_timezone": True, "strings_to_formulas": False},
        )
        formats = self._prepare_formats(book)
        self._write_summary(book, formats)
        self._write_movement(book, formats)
        self._write_movers(book, formats)
        for line in self.line_ids:
            self._write_results(book, formats, line)
        book.close()
        return stream.getvalue()

    def _prepare_formats(self, book):
        return {
            "title": book.add_format({"bold": True, "font_size": 16, "font_color": "#0B5E7D"}),
            "head": book.add_format(
                {"bold": True, "bg_color": "#0B5E7D", "font_color": "white", "text_wrap": True,
                 "valign": "vcenter", "border": 1, "border_color": "#FFFFFF"}
            ),
            "text": book.add_format({"valign": "top"}),
            "note": book.add_format({"italic": True, "font_color": "#666666"}),
            "letter": book.add_format({"bold": True, "align": "center"}),
            "wrap": book.add_format({"valign": "top", "text_wrap": True}),
            "up": book.add_format({"num_format": "+0;-0;0", "font_color": "#1E7B34"}),
            "down": book.add_format({"num_format": "+0;-0;0", "font_color": "#B02A37"}),
            "int": book.add_format({"num_format": "#,##0"}),
            "number": book.add_format({"num_format": "#,##0.00"}),
            "percent": book.add_format({"num_format": "0.0%"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }  # fmt: skip

    def _set_up_page(self, sheet, rows):
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(rows)
        sheet.set_footer("&L&A&R&P / &N")

    def _write_summary(self, book, formats):
        sheet = book.add_worksheet(self.env._("Summary"))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 6, 14)
        sheet.write(0, 0, self.name, formats["title"])
        sheet.write(1, 0, f"{self.company_id.name} · {self.date}", formats["note"])
        titles = [
            self.env._("Scheme"),
            self.env._("Grade"),
            self.env._("Customers"),
            self.env._("Share"),
        ]
        row = 3
        for line in self.line_ids:
            sheet.write(row, 0, line.scheme_id.legend or "", formats["note"])
            sheet.write_row(row + 1, 0, titles, formats["head"])
            first, row = row + 2, row + 2
            counts = line._get_band_counts()
            total = sum(count for _band, count in counts)
            for band, count in counts:
                sheet.write(row, 0, line.scheme_id.display_name, formats["text"])
                sheet.write(row, 1, band, formats["letter"])
                sheet.write(row, 2, count, formats["int"])
                sheet.write(row, 3, count / total if total else 0, formats["percent"])
                row += 1
            self._add_chart(book, sheet, line.scheme_id.display_name, first, row - 1)
            row = max(row, first + 11) + 1
        self._set_up_page(sheet, 0)

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
        chart.set_size({"width": 420, "height": 220})
        sheet.insert_chart(first - 1, 5, chart)

    def _write_movement(self, book, formats):
        sheet = book.add_worksheet(self.env._("Movement"))
        titles = [
            self.env._("Scheme"),
            self.env._("Grade before"),
            self.env._("Grade now"),
            self.env._("Steps up"),
            self.env._("Customers"),
        ]
        sheet.write_row(0, 0, titles, formats["head"])
        for row, total in enumerate(self.total_ids, start=1):
            sheet.write(row, 0, total.scheme_id.display_name)
            sheet.write(row, 1, total.from_band_id.display_name or "–")
            sheet.write(row, 2, total.band_id.display_name or "–")
            sheet.write(row, 3, total.step, formats["int"])
            sheet.write(row, 4, total.count, formats["int"])
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 4, 16)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(self.total_ids), 1), len(titles) - 1)
        self._set_up_page(sheet, 0)

    def _write_movers(self, book, formats):
        """Whoever has another grade than before, the largest steps first."""
        sheet = book.add_worksheet(self.env._("Who moved"))
        titles = [
            self.env._("Customer number"),
            self.env._("Customer"),
            self.env._("Scheme"),
            self.env._("Grade before"),
            self.env._("Grade now"),
            self.env._("Steps up"),
            self.env._("Score"),
            self.env._("Why"),
        ]
        sheet.write_row(0, 0, titles, formats["head"])
        movers = self._get_movers()
        for row, result in enumerate(movers, start=1):
            sheet.write(row, 0, result.partner_id.power_customer_number or "")
            sheet.write(row, 1, result.partner_id.name or "")
            sheet.write(row, 2, result.scheme_id.display_name)
            sheet.write(row, 3, result.previous_letter or "–", formats["letter"])
            sheet.write(row, 4, result.letter or "–", formats["letter"])
            sheet.write(row, 5, result.step, formats["up" if result.step > 0 else "down"])
            sheet.write(row, 6, result.score, formats["number"])
            sheet.write(row, 7, result._explain_move(result.previous_id), formats["wrap"])
        sheet.set_row(0, 32)
        for column, width in enumerate((16, 34, 30, 12, 12, 10, 12, 70)):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(movers), 1), len(titles) - 1)
        self._set_up_page(sheet, 0)

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
        titles = [
            self.env._("Customer number"),
            self.env._("Customer"),
            self.env._("Grade"),
            self.env._("Before"),
            self.env._("Score"),
        ]
        for indicator in indicators:
            titles += [indicator.name, self.env._("Points: %s", indicator.name)]
        sheet.write_row(0, 0, titles, formats["head"])
        results = line._get_results_of_day()
        for row, result in enumerate(results, start=1):
            partner = result.partner_id
            sheet.write(row, 0, partner.power_customer_number or "")
            sheet.write(row, 1, partner.name or "")
            sheet.write(row, 2, result.letter or "–", formats["letter"])
            sheet.write(row, 3, result.previous_letter or "", formats["letter"])
            sheet.write(row, 4, result.score, formats["number"])
            for place, indicator in enumerate(indicators):
                for offset, facts in ((0, result.raw_values), (1, result.points)):
                    value = (facts or {}).get(str(indicator.id))
                    if value is not None:
                        sheet.write(row, 5 + 2 * place + offset, value, formats["number"])
        sheet.set_row(0, 48)
        sheet.set_column(0, 0, _WIDTHS["text"])
        sheet.set_column(1, 1, _WIDTHS["customer"])
        sheet.set_column(2, len(titles) - 1, _WIDTHS["number"])
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(results), 1), len(titles) - 1)
        self._set_up_page(sheet, 0)

    def _get_sheet_name(self, book, name):
        """At most 31 characters, without what Excel forbids, and free."""
        clean = "".join("-" if sign in "[]:*?/\\" else sign for sign in name)[:28]
        taken = {sheet.name.lower() for sheet in book.worksheets()}
        candidate, number = clean, 2
        while candidate.lower() in taken:
            candidate, number = f"{clean} {number}", number + 1
        return candidate
