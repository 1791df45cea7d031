from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from odoo.addons.power_crm.tools import workbook
from odoo.addons.power_crm.tools.workbook import Column

from ..tools import reliability as kernel


class PowerReliabilityReport(models.TransientModel):
    """Reliability figures of a period, with the interruptions behind each of them."""

    _name = "power.reliability.report"
    _description = "Reliability report"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.start_of(self.env.company._get_power_today(), "year"),
    )
    date_to = fields.Date(string="Until", required=True, default=fields.Date.context_today)
    group = fields.Selection(
        [
            ("company", "Whole company"),
            ("area", "Area"),
            ("feeder", "Feeder"),
            ("month", "Month"),
            ("class", "Usage category"),
        ],
        string="By",
        required=True,
        default="company",
    )
    variant = fields.Selection(
        [
            ("all", "-1: all interruptions"),
            ("no_external", "-2: without external influence"),
            ("no_shortage", "-3: without shortage of generation"),
        ],
        required=True,
        default="all",
    )
    kind = fields.Selection(
        [
            ("all", "Faults and planned"),
            ("fault", "Faults only"),
            ("planned", "Planned and temporary only"),
        ],
        required=True,
        default="all",
    )
    major_days = fields.Selection(
        [
            ("with", "Counted"),
            ("without", "Left out"),
        ],
        string="Major event days",
        required=True,
        compute="_compute_major_days",
        store=True,
        readonly=False,
        precompute=True,
    )
    exclusions = fields.Selection(
        [
            ("without", "Left out"),
            ("with", "Counted"),
        ],
        string="Excluded by the rules",
        required=True,
        default="without",
        help="What the reliability rules of its day leave out.",
    )
    threshold = fields.Float(
        string="Major event day above (min)",
        readonly=True,
        digits=(16, 4),
        help="Daily SAIDI in minutes; 0: not enough history.",
    )
    major_day_note = fields.Text(string="Major event days found", readonly=True)
    line_ids = fields.One2many("power.reliability.line", "report_id", readonly=True)

    @api.depends("company_id", "date_to")
    def _compute_major_days(self):
        for report in self:
            left_out = report._get_setting().exclude_major_days
            report.major_days = "without" if left_out else "with"

    def _get_setting(self):
        day = self.date_to or self.company_id._get_power_today()
        return self.env["power.reliability.setting"]._get_for(self.company_id, day)

    def action_compute(self):
        """Work the figures out and show them as list, graph and pivot."""
        self.ensure_one()
        self._compute_lines()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "power_faults.power_reliability_line_action"
            ),
            "name": self._describe(),
            "domain": [("report_id", "=", self.id)],
            "context": {},
            "target": "current",
        }

    def action_xlsx(self):
        self.ensure_one()
        self._compute_lines()
        return {
            "type": "ir.actions.act_url",
            "url": f"/power/reliability/{self.id}/xlsx",
            "target": "download",
        }

    def _get_kinds(self):
        return {"all": (), "fault": ("fault",), "planned": ("planned", "temporary")}[self.kind]

    def _compute_lines(self):
        self.ensure_one()
        if self.date_from > self.date_to:
            raise UserError(self.env._("The period ends before it begins. Correct the dates."))
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of your companies."))
        interruptions = self.env["power.interruption"]
        interruptions.check_access("read")
        setting = self._get_setting()
        rules = setting._to_kernel(self.variant, self.exclusions == "with")
        threshold, days = self._find_major_days(setting, rules)
        totals = interruptions._add_up(
            self.company_id,
            self.date_from,
            self.date_to,
            rules,
            group=self.group,
            skip_days=days if self.major_days == "without" else (),
            kinds=self._get_kinds(),
        )
        names = self._get_names(totals)
        self.write(
            {
                "threshold": threshold or 0.0,
                "major_day_note": "\n".join(
                    f"{day}: {value:.3f}" for day, value in sorted(days.items())
                ),
                "line_ids": [
                    Command.clear(),
                    *(
                        Command.create(self._prepare_line_vals(names[key], key, total))
                        for key, total in totals.items()
                    ),
                ],
            }
        )

    def _find_major_days(self, setting, rules):
        """Return the threshold, and {day: SAIDI} of the major event days of the period.

        The threshold of a period comes from the years before it; where nothing is known of them,
        no day is major.
        """
        interruptions = self.env["power.interruption"]
        years = setting.history_years if setting else 5
        past = interruptions._get_daily_saidi(
            self.company_id,
            fields.Date.subtract(self.date_from, years=years),
            fields.Date.subtract(self.date_from, days=1),
            rules,
            self._get_kinds(),
        )
        threshold = kernel.major_event_threshold(past.values(), setting.beta if setting else 2.5)
        daily = interruptions._get_daily_saidi(
            self.company_id, self.date_from, self.date_to, rules, self._get_kinds()
        )
        days = kernel.major_event_days(daily, threshold)
        return threshold, {day: daily[day] for day in days}

    def _get_names(self, totals):
        """Return {key: (label, name of the month or empty)}."""
        if self.group == "month":
            return {month: month.strftime("%Y-%m") for month in totals}
        model = {
            "area": "power.area",
            "feeder": "power.network.node",
            "class": "power.usage.category",
        }.get(self.group)
        if not model:
            return {None: self.company_id.name}
        records = self.env[model].browse([key for key in totals if key])
        names = {record.id: record.display_name for record in records}
        names[None] = self.env._("Not assigned")
        return names

    def _prepare_line_vals(self, name, key, totals):
        """Hook: values of a line of the report."""
        figures = kernel.compute(totals)
        return {
            "name": name,
            "month": key if self.group == "month" else False,
            "area_id": key if self.group == "area" else False,
            "feeder_id": key if self.group == "feeder" else False,
            "usage_category_id": key if self.group == "class" else False,
            "served": totals.served,
            "interruptions": totals.interruptions,
            "customer_hours": totals.minutes / 60.0,
            "affected": totals.affected,
            "saifi": figures.saifi,
            "saidi": figures.saidi / 60.0,
            "caidi": figures.caidi / 60.0,
            "ctaidi": figures.ctaidi / 60.0,
            "caifi": figures.caifi,
            "asai": figures.asai,
            "maifi": figures.maifi,
            "cemi": figures.cemi,
            "celid": figures.celid,
        }

    def _describe(self):
        labels = dict(self._fields["group"]._description_selection(self.env))
        return self.env._(
            "Reliability %(from)s to %(to)s, %(group)s",
            **{
                "from": self.date_from,
                "to": self.date_to,
                "group": labels[self.group],
            },
        )

    def _get_interruption_domain(self):
        """Return the domain of the interruptions that this report counts."""
        self.ensure_one()
        domain = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("day", ">=", self.date_from)
            & Domain("day", "<=", self.date_to)
        )
        left_out = {"no_external": "external", "no_shortage": "shortage"}.get(self.variant)
        if left_out:
            domain &= Domain("influence", "!=", left_out)
        if self._get_kinds():
            domain &= Domain("kind", "in", self._get_kinds())
        if self.exclusions == "without":
            domain &= Domain("excluded", "=", False)
        if self.major_days == "without" and self.major_day_note:
            days = [line.split(":")[0] for line in self.major_day_note.splitlines()]
            domain &= Domain("day", "not in", days)
        return domain

    # === XLSX === #

    def _get_columns(self):
        """Return [(title, field, number format)] of the workbook, names as in DL/T 836.1."""
        chinese = (self.env.lang or "").startswith("zh")
        styles = {
            "name": None,
            "served": "#,##0",
            "affected": "#,##0",
            "interruptions": "#,##0",
            "customer_hours": "#,##0.00",
        }
        columns = [
            (self.line_ids._fields[name]._description_string(self.env), name, style)
            for name, style in styles.items()
        ]
        formats = {"asai": "0.000000%", "cemi": "0.00%", "celid": "0.00%"}
        for key, (code, name) in kernel.DLT_NAMES.items():
            suffix = kernel.VARIANTS[self.variant]
            unit = " (h)" if key in ("saidi", "caidi", "ctaidi") else ""
            title = f"{name} {code}-{suffix}{unit}" if chinese else f"{code}-{suffix}{unit}"
            columns.append((title, key, formats.get(key, "0.0000")))
        return columns

    def _make_xlsx(self):
        """Return the report as XLSX bytes: figures, what they count, and the interruptions."""
        self.ensure_one()
        return workbook.make(self._fill_workbook)

    def _fill_workbook(self, book):
        head = book.add_format(
            {"bold": True, "bg_color": "#F2F2F2", "bottom": 1, "text_wrap": True}
        )
        sheet = book.add_worksheet(self.env._("Reliability"))
        sheet.write_string(0, 0, self._describe(), book.add_format({"bold": True}))
        sheet.write_string(1, 0, self._describe_rules())
        names = self._get_columns()
        columns = [
            Column(
                title,
                28 if name == "name" else 16,
                style and book.add_format({"num_format": style}),
            )
            for title, name, style in names
        ]
        rows = (
            [line[name] or (0 if style else "") for _title, name, style in names]
            for line in self.line_ids
        )
        workbook.write_table(sheet, columns, rows, head, top=3, fixed=1)
        self._fill_interruptions(book, head)

    def _describe_rules(self):
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))[self[name]]
            for name in ("variant", "kind", "major_days", "exclusions")
        }
        return self.env._(
            "%(variant)s; %(kind)s; major event days: %(major_days)s, threshold %(threshold)s min; "
            "excluded by the rules: %(exclusions)s",
            threshold=f"{self.threshold:.4f}",
            **labels,
        )

    def _fill_interruptions(self, book, head, limit=50_000):
        names = (
            "outage_id",
            "fault_id",
            "day",
            "node_id",
            "feeder_id",
            "kind",
            "influence",
            "minutes",
            "sustained",
            "excluded",
            "customer_count",
            "customer_minutes",
        )
        model = self.env["power.interruption"]
        interruptions = model.search_fetch(
            self._get_interruption_domain(), names, order="date_start", limit=limit
        )
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        columns = [
            Column(
                model._fields[name]._description_string(self.env),
                36 if name == "node_id" else 20,
                day if model._fields[name].type == "date" else None,
            )
            for name in names
        ]
        readers = [self._get_cell_reader(model._fields[name]) for name in names]
        workbook.write_table(
            book.add_worksheet(self.env._("Interruptions")),
            columns,
            ([read(row) for read in readers] for row in interruptions),
            head,
        )

    def _get_cell_reader(self, field):
        """Return what gives the words or the number of a field of a record."""
        if field.type == "many2one":
            return lambda row: row[field.name].display_name or ""
        if field.type == "selection":
            labels = dict(field._description_selection(self.env))
            return lambda row: labels.get(row[field.name], "")
        return lambda row: row[field.name]
