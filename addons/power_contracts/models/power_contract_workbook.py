from typing import NamedTuple

from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.power_crm.tools import workbook
from odoo.addons.power_crm.tools.workbook import Column

_TOP = 1
_SUMMED = ("money", "count")
_MARGIN = ("hours", "income", "time_cost", "part_cost", "other_cost", "margin")
_SHARE = ("margin", "income")


class Share(NamedTuple):
    """A column that divides one column by another, by their places; so does its total."""

    part: int
    whole: int


class PowerContractWorkbook(models.AbstractModel):
    """The money of contracts as a workbook: margin, forecast, deferred income, renewals,
    receivables.

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
            "total": book.add_format({"bold": True}),
            "total_money": book.add_format({"bold": True, "num_format": "#,##0.00"}),
            "total_count": book.add_format({"bold": True, "num_format": "0"}),
            "total_share": book.add_format({"bold": True, "num_format": "0.0%"}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "count": book.add_format({"num_format": "0"}),
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
            (self.env._("Renewals"), *self._get_renewal_table(domain)),
            (self.env._("Receivables"), *self._get_receivable_table(domain)),
        ]

    @api.model
    def _fill_sheet(self, sheet, columns, rows, styles):
        """A row of totals above the titles: of what a filter leaves."""
        table = [
            Column(title, width, styles.get("share" if isinstance(style, Share) else style))
            for title, width, style in columns
        ]
        workbook.write_table(sheet, table, rows, styles["head"], top=_TOP, fixed=2)
        totals = {
            place: round(sum(row[place] or 0 for row in rows), 2)
            for place, (_title, _width, style) in enumerate(columns)
            if style in _SUMMED and rows
        }
        for place, (_title, _width, style) in enumerate(columns):
            if place in totals:
                area = xl_range(_TOP + 1, place, _TOP + len(rows), place)
                sheet.write_formula(
                    0, place, f"=SUBTOTAL(109,{area})", styles[f"total_{style}"], totals[place]
                )
            elif isinstance(style, Share) and totals.get(style.whole):
                part, whole = (xl_rowcol_to_cell(0, column) for column in style)
                sheet.write_formula(
                    0,
                    place,
                    f'=IF({whole}=0,"",{part}/{whole})',
                    styles["total_share"],
                    totals[style.part] / totals[style.whole],
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
        ]
        margin, income = (len(columns) - len(_MARGIN) + _MARGIN.index(n) for n in _SHARE)
        columns.append((self.env._("Margin of income"), 12, Share(margin, income)))
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
    def _get_renewal_table(self, domain):
        """Terms that are over, a row a month of their end and package: how many went on."""
        model = "power.contract.term"
        packages = dict(self.env[model]._fields["tier"]._description_selection(self.env))
        columns = [
            (self.env._("Month"), 10, None),
            (self._get_title(model, "company_id"), 20, None),
            (self._get_title(model, "tier"), 14, None),
            (self.env._("Terms over"), 10, "count"),
            *((label, 10, "count") for _outcome, label in self._get_outcomes()),
        ]
        columns.append((self.env._("Renewal rate"), 12, Share(4, 3)))
        counts = {}
        over = domain & Domain("outcome", "!=", "running")
        for *key, outcome, count in self.env[model]._read_group(
            over, ["date_to:month", "company_id", "tier", "outcome"], ["__count"]
        ):
            counts.setdefault(tuple(key), {})[outcome] = count
        rows = []
        for (month, company, tier), own in counts.items():
            some = [own.get(outcome, 0) for outcome, _label in self._get_outcomes()]
            terms = sum(some)
            rows.append(
                [
                    f"{month:%Y-%m}",
                    company.name,
                    packages.get(tier, ""),
                    terms,
                    *some,
                    own.get("renewed", 0) / terms,
                ]
            )
        return columns, rows

    @api.model
    def _get_outcomes(self):
        """Return [(outcome, label)] of a term that is over, the renewed ones first."""
        field = self.env["power.contract.term"]._fields["outcome"]
        return [item for item in field._description_selection(self.env) if item[0] != "running"]

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
                *self._get_receivable_cells(row),
                row.move_id.sudo().name,
                row.partner_id.display_name,
                row.date_due or None,
                row.days_overdue,
                *(row[name] for name in amounts),
            ]
            for row in self.env[model].search(domain)
        ]
        return columns, rows

    @api.model
    def _get_receivable_cells(self, row):
        """A single job has the number of its quotation."""
        if row.contract_id:
            return self._get_contract_cells(row.contract_id)
        return [
            row.sale_order_id.sudo().name or "",
            self.env._("Single job"),
            row.partner_id.commercial_partner_id.display_name,
            row.company_id.name,
            row.currency_id.name,
        ]
