from xlsxwriter.utility import xl_range

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.power_crm.tools import workbook
from odoo.addons.power_crm.tools.workbook import Column

_TOP = 1
_MARGIN = ("hours", "income", "time_cost", "part_cost", "other_cost", "margin")


class PowerContractWorkbook(models.AbstractModel):
    """The money of contracts as a workbook: margin, forecast, deferred income, receivables.

    Its lists have a button for it; it shows what the reader may see of the companies chosen.
    """

    _name = "power.contract.workbook"
    _description = "Workbook of contracts"

    @api.model
    def action_finance_xlsx(self):
        companies = "-".join(map(str, self.env.companies.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/power/contracts/finance.xlsx?companies={companies}",
            "target": "download",
        }

    @api.model
    def _make_finance_xlsx(self, companies):
        """Return the XLSX bytes; amounts in the currency of each company's books.

        :param companies: ``res.company``
        :raises AccessError: where the reader may see no margins, forecast or receivables
        """

        def fill(book):
            styles = self._make_styles(book)
            for title, columns, rows in self._get_sheets(Domain("company_id", "in", companies.ids)):
                self._fill_sheet(book.add_worksheet(title), columns, rows, styles)

        return workbook.make(fill)

    @api.model
    def _make_styles(self, book):
        return {
            "head": book.add_format(
                {"bold": True, "bg_color": "#F2F2F2", "bottom": 1, "text_wrap": True}
            ),
            "total": book.add_format({"bold": True, "num_format": "#,##0.00"}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "share": book.add_format({"num_format": "0.0%"}),
        }

    @api.model
    def _get_sheets(self, domain):
        """Hook: the sheets, as (title, [(column title, width, style)], rows)."""
        return [
            (self.env._("Margin"), *self._get_margin_table(domain)),
            (self.env._("Forecast"), *self._get_forecast_table(domain)),
            (self.env._("Deferred income"), *self._get_deferred_table(domain)),
            (self.env._("Receivables"), *self._get_receivable_table(domain)),
        ]

    @api.model
    def _fill_sheet(self, sheet, columns, rows, styles):
        """A row of totals above the titles: of what a filter leaves."""
        table = [Column(title, width, styles.get(style)) for title, width, style in columns]
        workbook.write_table(sheet, table, rows, styles["head"], top=_TOP, fixed=2)
        for place, (_title, _width, style) in enumerate(columns):
            if style == "money" and rows:
                area = xl_range(_TOP + 1, place, _TOP + len(rows), place)
                total = round(sum(row[place] or 0 for row in rows), 2)
                sheet.write_formula(
                    0, place, f"=SUBTOTAL(109,{area})", styles["total"], value=total
                )
        sheet.write_string(0, 0, self.env._("Total"), styles["total"])

    @api.model
    def _get_title(self, model, name):
        return self.env[model]._fields[name]._description_string(self.env)

    @api.model
    def _get_contract_columns(self):
        return [
            (self.env._("Number"), 14, None),
            (self.env._("Contract"), 30, None),
            (self.env._("Customer"), 30, None),
            (self.env._("Company"), 20, None),
            (self.env._("Currency"), 9, None),
        ]

    @api.model
    def _get_contract_cells(self, contract):
        return [
            contract.code or "",
            contract.name,
            contract.partner_id.display_name,
            contract.company_id.name,
            contract.power_book_currency_id.name,
        ]

    # === TABLES === #

    @api.model
    def _get_margin_table(self, domain):
        model = "power.contract.margin"
        columns = [
            *self._get_contract_columns(),
            *((self._get_title(model, name), 14, "money") for name in _MARGIN),
            (self.env._("Margin of income"), 12, "share"),
        ]
        groups = self.env[model]._read_group(
            domain, ["contract_id"], [f"{name}:sum" for name in _MARGIN]
        )
        rows = [
            [
                *self._get_contract_cells(contract),
                *(round(figure, 2) for figure in figures),
                figures[-1] / figures[1] if figures[1] else None,
            ]
            for contract, *figures in groups
        ]
        return columns, rows

    @api.model
    def _get_forecast_table(self, domain):
        """A row a contract, a column a month."""
        groups = self.env["power.contract.forecast"]._read_group(
            domain, ["contract_id", "date:month"], ["amount:sum"]
        )
        months = sorted({month for _contract, month, _amount in groups})
        amounts = {(contract, month): amount for contract, month, amount in groups}
        columns = [
            *self._get_contract_columns(),
            *((f"{month:%Y-%m}", 13, "money") for month in months),
            (self.env._("Total"), 14, "money"),
        ]
        rows = []
        for contract in dict.fromkeys(contract for contract, _month, _amount in groups):
            own = [round(amounts.get((contract, month), 0), 2) for month in months]
            rows.append([*self._get_contract_cells(contract), *own, round(sum(own), 2)])
        return columns, rows

    @api.model
    def _get_deferred_table(self, domain):
        """What waits in the books: a row a month of an invoice line."""
        model = "power.contract.deferral"
        columns = [
            *self._get_contract_columns(),
            (self._get_title(model, "invoice_id"), 20, None),
            (self._get_title(model, "contract_line_id"), 30, None),
            *((self._get_title(model, name), 12, "date") for name in ("date", "date_from")),
            (self._get_title(model, "date_to"), 12, "date"),
            (self._get_title(model, "amount"), 14, "money"),
        ]
        waiting = self.env[model].search(domain & Domain("state", "=", "waiting"))
        rows = [
            [
                *self._get_contract_cells(row.contract_id),
                row.invoice_id.sudo().name,
                row.contract_line_id.name,
                row.date,
                row.date_from,
                row.date_to,
                row.amount,
            ]
            for row in waiting
        ]
        return columns, rows

    @api.model
    def _get_receivable_table(self, domain):
        model = "power.contract.receivable"
        amounts = (*(age.column for age in self.env[model]._AGES), "amount_open")
        columns = [
            *self._get_contract_columns(),
            (self._get_title(model, "move_id"), 20, None),
            (self._get_title(model, "partner_id"), 30, None),
            (self._get_title(model, "date_due"), 12, "date"),
            (self._get_title(model, "days_overdue"), 10, None),
            *((self._get_title(model, name), 14, "money") for name in amounts),
        ]
        rows = [
            [
                *self._get_contract_cells(row.contract_id),
                row.move_id.sudo().name,
                row.partner_id.display_name,
                row.date_due or None,
                row.days_overdue,
                *(row[name] for name in amounts),
            ]
            for row in self.env[model].search(domain)
        ]
        return columns, rows
