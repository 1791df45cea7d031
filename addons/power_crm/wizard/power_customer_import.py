import io

import xlsxwriter

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import split_every

from ..tools import customer_import as kernel
from ..tools.customer_import import Code
from ..tools.table_file import EXAMPLE_PREFIX, XLSX, normalise
from .power_customer_import_words import PROBLEM_TEXTS

_BATCH = 1000
_DECIMALS = frozenset(
    {
        "latitude",
        "longitude",
        "capacity_kva",
        "demand_kw",
        "safety_load_kw",
        "allowed_interruption_s",
    }
)
_SOURCE_FIELDS = ("substation", "bus_section", "feeder", "capacity_kva", "role")
_QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
}
_PICTURES = ("image_1920", "image_1024", "image_512", "image_256", "image_128")
_NEW_CUSTOMERS = {
    # a customer of the file has no parent and no contacts yet with which to share its address
    "_partners_skip_fields_sync": True,
    "power_phone_checked": True,
}


class PowerCustomerImport(models.TransientModel):
    """Bring customers and supply points in from a file; everything or nothing."""

    _name = "power.customer.import"
    _inherit = ["power.table.import.mixin"]
    _description = "Import of customers and supply points"

    _COLUMNS = kernel.COLUMNS
    _MAX_ROWS = kernel.MAX_ROWS
    _FILES_URL = "/power/customer_import"
    _PROBLEM_TEXTS = PROBLEM_TEXTS

    on_existing = fields.Selection(
        [
            ("refuse", "Refuse them as errors"),
            ("update", "Update them"),
        ],
        string="Supply points that exist already",
        default="refuse",
        required=True,
    )
    ignore_unknown = fields.Boolean(
        string="Ignore columns that are not known",
        help="Otherwise a column with an unknown title is an error, so that no typing mistake "
        "loses data.",
    )
    row_count = fields.Integer(string="Rows read", readonly=True)
    wrong_row_count = fields.Integer(string="Rows with errors", readonly=True)
    new_customer_count = fields.Integer(string="New customers", readonly=True)
    known_customer_count = fields.Integer(string="Known customers", readonly=True)
    new_point_count = fields.Integer(string="New supply points", readonly=True)
    known_point_count = fields.Integer(string="Known supply points", readonly=True)
    problem_ids = fields.One2many(
        "power.customer.import.problem", "import_id", string="Errors found", readonly=True
    )

    def _get_title(self):
        return self.env._("Import customers")

    def _get_imported_action(self, records):
        return self.env["ir.actions.act_window"]._for_xml_id("power_crm.power_supply_point_action")

    # === CHECK === #

    def _prepare_empty_vals(self):
        return {
            **super()._prepare_empty_vals(),
            "row_count": 0,
            "wrong_row_count": 0,
            "new_customer_count": 0,
            "known_customer_count": 0,
            "new_point_count": 0,
            "known_point_count": 0,
        }

    def _read_table(self, content):
        return kernel.read_table(content, self.ignore_unknown, self._get_columns())

    def _check_table(self, table):
        return kernel.check(
            table,
            self._find_existing(table),
            region=self._get_phone_region(),
            update=self.on_existing == "update",
            columns=self._get_columns(),
        )

    def _count(self, result):
        return {
            **super()._count(result),
            "new_customer_count": sum(1 for item in result.customers if not item.id),
            "known_customer_count": sum(1 for item in result.customers if item.id),
            "new_point_count": sum(1 for item in result.points if not item.id),
            "known_point_count": sum(1 for item in result.points if item.id),
        }

    def _describe_good(self, counts):
        return self.env._(
            "%(row_count)s rows without errors: %(new_customer_count)s new and "
            "%(known_customer_count)s known customers, %(new_point_count)s new and "
            "%(known_point_count)s known supply points.",
            **counts,
        )

    def _get_phone_region(self):
        return self.company_id.country_id.code or "CN"

    def _find_existing(self, table):
        """Look up what the file's numbers mean here, some queries whatever the number of rows."""
        customers, licences, points = kernel.find_keys(table)
        partners = self.env["res.partner"].with_context(active_test=False)
        found = partners.search_fetch(
            [("power_customer_number", "in", list(customers))], ["power_customer_number"]
        )
        existing = kernel.Existing(
            customers_by_number={partner.power_customer_number: partner.id for partner in found},
            areas=self._collect_names("power.area", [("company_id", "=", self.company_id.id)]),
            industries=self._collect_names("power.industry", []),
            usage_categories=self._collect_names("power.usage.category", []),
        )
        for licence in self.env["power.licence"].search_fetch(
            [("number", "in", list(licences))], ["number", "partner_id"]
        ):
            owners = existing.customers_by_licence.setdefault(licence.number, [])
            if licence.partner_id.id not in owners:
                owners.append(licence.partner_id.id)
        for point in (
            self.env["power.supply.point"]
            .with_context(active_test=False)
            .search_fetch(
                [("number", "in", list(points)), ("company_id", "=", self.company_id.id)],
                ["number", "partner_id", "state"],
            )
        ):
            existing.points[point.number] = kernel.ExistingPoint(
                point.id, point.partner_id.id, point.state
            )
        return existing

    def _collect_names(self, model, domain):
        """Return {normalised name or code: ids}, names in every language that is installed."""
        names = {}
        records = self.env[model].search(domain)
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        for code in dict.fromkeys(["en_US", *installed]):
            for record in records.with_context(lang=code):
                names_of = ("name", "code", "display_name")
                for name in {record[field] for field in names_of if field in record._fields}:
                    if name:
                        ids = names.setdefault(normalise(name), [])
                        if record.id not in ids:
                            ids.append(record.id)
        return names

    # === IMPORT === #

    def _import(self, result):
        partners = self._import_customers(result.customers)
        self._import_contacts(result.customers, partners)
        self._import_licences(result.customers, partners)
        return self._import_points(result.points, partners)

    def _import_customers(self, customers):
        model = self.env["res.partner"].with_context(**_QUIET)
        partners = [model.browse(customer.id) for customer in customers]
        new = [index for index, customer in enumerate(customers) if not customer.id]
        for indexes in split_every(_BATCH, new):
            created = model.with_context(**_NEW_CUSTOMERS).create(
                [self._prepare_customer_vals(customers[i]) for i in indexes]
            )
            for index, partner in zip(indexes, created.with_env(model.env), strict=True):
                partners[index] = partner
        for customer, partner in zip(customers, partners, strict=True):
            if customer.id:
                self._write_changes(partner, self._prepare_customer_vals(customer))
        return partners

    def _prepare_customer_vals(self, customer):
        """Hook: values of a customer; of a known one those that the file gives."""
        given = customer.vals
        vals = {
            field: given[name]
            for name, field in (
                ("customer_name", "name"),
                ("phone", "phone"),
                ("email", "email"),
                ("channel", "power_contact_channel"),
                ("industry", "power_industry_id"),
                ("important_level", "power_important_level"),
                ("important_date", "power_important_date"),
                ("important_authority", "power_important_authority"),
            )
            if name in given
        }
        if "customer_type" in given or not customer.id:
            vals["is_company"] = given.get("customer_type", "company") == "company"
        if not customer.id:
            # the file brings no pictures; Odoo would make smaller ones of each
            vals.update(dict.fromkeys(_PICTURES, False))
            vals["power_is_customer"] = True
            vals["country_id"] = self.company_id.country_id.id
            if customer.number:
                vals["power_customer_number"] = customer.number
        return vals

    def _import_contacts(self, customers, partners):
        """Contacts of a customer are known by their names."""
        wanted = [
            (contact, partner)
            for customer, partner in zip(customers, partners, strict=True)
            for contact in customer.contacts
        ]
        model = self.env["res.partner"].with_context(**_QUIET)
        parents = [partner.id for _contact, partner in wanted]
        known = {
            (person.parent_id.id, person.name): person
            for person in model.search([("parent_id", "in", parents), ("type", "=", "contact")])
        }
        new = []
        for contact, partner in wanted:
            vals = self._prepare_contact_vals(contact, partner)
            if person := known.get((partner.id, contact["name"])):
                self._write_changes(person, vals)
            else:
                new.append(vals)
        model.create(new)

    def _prepare_contact_vals(self, contact, partner):
        """Hook: values of a contact person of an imported customer."""
        return {"parent_id": partner.id, "type": "contact", **contact}

    def _import_licences(self, customers, partners):
        wanted = [
            (customer.licence_number, partner)
            for customer, partner in zip(customers, partners, strict=True)
            if customer.licence_number
        ]
        licences = self.env["power.licence"].with_context(**_QUIET)
        known = {
            (licence.partner_id.id, licence.number)
            for licence in licences.search(
                [("partner_id", "in", [partner.id for _number, partner in wanted])]
            )
        }
        licences.create(
            [
                self._prepare_licence_vals(number, partner)
                for number, partner in wanted
                if (partner.id, number) not in known
            ]
        )

    def _prepare_licence_vals(self, number, partner):
        """Hook: values of the licence of an imported customer."""
        kind = "business" if partner.is_company else "identity"
        return {"partner_id": partner.id, "number": number, "kind": kind}

    def _import_points(self, points, partners):
        self._find_payers(points, partners)
        model = self.env["power.supply.point"].with_context(**_QUIET)
        records = [model.browse(point.id) for point in points]
        new = [index for index, point in enumerate(points) if not point.id]
        for indexes in split_every(_BATCH, new):
            created = model.create(
                [
                    self._prepare_new_point_vals(points[i], partners[points[i].customer])
                    for i in indexes
                ]
            )
            for index, record in zip(indexes, created, strict=True):
                records[index] = record
        for point, record in zip(points, records, strict=True):
            if point.id:
                vals = self._prepare_point_vals(point, partners[point.customer])
                self._write_changes(record, vals)
                self._update_supply(record, point)
        return model.union(*records)

    def _prepare_new_point_vals(self, point, partner):
        vals = self._prepare_point_vals(point, partner)
        if point.sources:
            vals["source_ids"] = [
                Command.create(self._prepare_source_vals(source)) for source in point.sources
            ]
        if point.generator:
            generator = self._prepare_generator_vals(point.generator)
            vals["generator_ids"] = [Command.create(generator)]
        return vals

    def _prepare_point_vals(self, point, partner):
        """Hook: values of a supply point; of a known one those that the file gives."""
        names = {
            "point_name": "name",
            "area": "area_id",
            "usage_category": "usage_category_id",
        }
        vals = {names.get(name, name): value for name, value in point.vals.items()}
        for name in _DECIMALS & vals.keys():
            vals[name] = float(vals[name])
        if point.payer:
            vals["payer_id"] = point.payer
        if point.id:
            vals.pop("number")
        else:
            vals["partner_id"] = partner.id
            vals["company_id"] = self.company_id.id
        return vals

    def _find_payers(self, points, partners):
        """Payers that the file itself brings have an id by now."""
        named = [point for point in points if point.payer_number]
        numbers = {partner.power_customer_number: partner.id for partner in partners if named}
        for point in named:
            point.payer = numbers[point.payer_number]

    def _prepare_source_vals(self, source):
        """Hook: values of a supply source of the file, all of them, so that they replace."""
        return {
            "substation": source["substation"],
            "bus_section": source.get("bus_section", False),
            "feeder": source.get("feeder", False),
            "capacity_kva": float(source.get("capacity", 0)),
            "role": source.get("role", "main"),
        }

    def _prepare_generator_vals(self, generator):
        """Hook: values of the own emergency source of a row that the row gives."""
        kinds = self.env["power.generator"]._fields["kind"]._description_selection(self.env)
        vals = {"kind": generator["kind"], "name": dict(kinds)[generator["kind"]]}
        if "capacity" in generator:
            vals["capacity_kw"] = float(generator["capacity"])
        if "transfer" in generator:
            vals["transfer_time_s"] = float(generator["transfer"])
        if "interlock" in generator:
            vals["interlock"] = generator["interlock"]
        if "last_test" in generator:
            vals["last_test_date"] = generator["last_test"]
        return vals

    def _update_supply(self, record, point):
        """Sources given replace those recorded; an own source of the same kind is updated."""
        wanted = [self._prepare_source_vals(source) for source in point.sources]
        recorded = [{name: source[name] for name in _SOURCE_FIELDS} for source in record.source_ids]
        if wanted and wanted != recorded:
            commands = [Command.create(vals) for vals in wanted]
            record.source_ids = [Command.clear(), *commands]
        if not point.generator:
            return
        vals = self._prepare_generator_vals(point.generator)
        known = record.generator_ids.filtered(lambda own: own.kind == vals["kind"])[:1]
        if known:
            vals.pop("name")
            self._write_changes(known, vals)
        else:
            record.generator_ids = [Command.create(vals)]

    @api.model
    def _write_changes(self, record, vals):
        """Write what differs, so that a repeated import costs and logs nothing."""
        changes = {
            name: value
            for name, value in vals.items()
            if record._fields[name].convert_to_write(record[name], record) != value
        }
        if changes:
            record.write(changes)

    # === WORDS === #

    def _prepare_detail(self, problem, choices):
        if problem.code == Code.NOT_IN_LIST:
            return ", ".join(choices[problem.detail])
        return super()._prepare_detail(problem, choices)

    # === FILES === #

    @api.model
    def _get_template_name(self):
        return self.env._("customers_template.xlsx"), XLSX

    @api.model
    def _get_error_file_name(self):
        return self.env._("customers_errors.xlsx")

    @api.model
    def _make_template(self):
        """Return the template as XLSX: titles, an example, lists to choose from, and a sheet that
        explains each column.

        :rtype: bytes
        """
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            sheet = book.add_worksheet(self.env._("Customers"))
            help_sheet = book.add_worksheet(self.env._("Explanation"))
            list_sheet = book.add_worksheet(self.env._("Lists"))
            self._fill_template(book, sheet, list_sheet)
            self._fill_explanation(book, help_sheet)
        return stream.getvalue()

    @api.model
    def _fill_template(self, book, sheet, list_sheet):
        required = book.add_format({"bold": True, "bg_color": "#FFE699", "border": 1})
        optional = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        example = book.add_format({"italic": True, "font_color": "#7F7F7F"})
        text = book.add_format({"num_format": "@"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        formats = {"date": day, "number": None}
        choices = self._get_choices()
        for index, column in enumerate(self._get_columns()):
            title = self._get_column_title(column.key)
            sheet.set_column(
                index, index, max(14, 2 * len(title) + 2), formats.get(column.kind, text)
            )
            sheet.write_string(0, index, title, required if column.required else optional)
            sheet.write_string(1, index, self._get_template_example(column.key), example)
            if options := choices.get(column.kind):
                self._add_choice(sheet, list_sheet, index, title, options)
        sheet.freeze_panes(1, 1)

    @api.model
    def _add_choice(self, sheet, list_sheet, index, title, options):
        list_sheet.write_string(0, index, title)
        for number, option in enumerate(options, 1):
            list_sheet.write_string(number, index, option)
        column = xlsxwriter.utility.xl_col_to_name(index)
        name = list_sheet.get_name().replace("'", "''")
        source = f"='{name}'!${column}$2:${column}${len(options) + 1}"
        sheet.data_validation(
            1,
            index,
            kernel.MAX_ROWS,
            index,
            {
                "validate": "list",
                "source": source,
                "error_title": self.env._("Not in the list"),
                "error_message": self.env._("Choose an entry of the list."),
            },
        )

    @api.model
    def _get_choices(self):
        """Return the words to choose from by kind of column, in the user's language."""
        position = 1 if (self.env.lang or "").startswith("zh") else 0
        choices = {
            kind: [words[position if kind != "voltage_class" else 0] for words in values.values()]
            for kind, values in kernel.CHOICES.items()
        }
        choices["area"] = (
            self.env["power.area"].search([("active", "=", True)]).mapped("display_name")
        )
        categories = self.env["power.usage.category"].search([("active", "=", True)])
        choices["usage_category"] = categories.mapped("name")
        choices["industry"] = (
            self.env["power.industry"].search([("active", "=", True)]).mapped("name")
        )
        return choices

    @api.model
    def _get_template_example(self, key):
        example = {
            "point_number": f"{EXAMPLE_PREFIX}-1",
            "customer_number": "C000123",
            "customer_name": self.env._("Example Textile Co., Ltd."),
            "licence_number": "91320211MA1XYZ2345",
            "phone": "+86 139 1234 5678",
            "email": "office@example.com",
            "contact1_name": self.env._("Wang Min"),
            "contact1_function": self.env._("Head of the power room"),
            "contact1_phone": "+86 138 1234 5678",
            "contact1_email": "wang@example.com",
            "important_date": "2026-03-31",
            "important_authority": self.env._("Wuxi energy bureau"),
            "point_name": self.env._("Weaving mill"),
            "latitude": "31.4912",
            "longitude": "120.3119",
            "safety_load_kw": "200",
            "allowed_interruption_s": "15",
            "source1_substation": self.env._("Taihu substation"),
            "source1_bus_section": "10 kV I",
            "source1_feeder": "T12",
            "source1_capacity": "1250",
            "source2_substation": self.env._("Liyuan substation"),
            "source2_bus_section": "10 kV II",
            "source2_feeder": "L07",
            "source2_capacity": "1250",
            "generator_capacity": "240",
            "generator_transfer": "10",
            "generator_last_test": "2026-05-20",
            "street": self.env._("100 Taihu Avenue"),
            "city": self.env._("Wuxi"),
            "capacity_kva": "1250",
            "demand_kw": "900",
            "boundary": self.env._("Outgoing terminals of the 10 kV switch on pole 12"),
            "date_activated": "2026-01-31",
        }
        defaults = {
            "customer_type": 0,
            "channel": 1,
            "industry": 2,
            "important_level": 1,
            "source1_role": 0,
            "source2_role": 1,
            "generator_kind": 0,
            "generator_interlock": 0,
            "voltage_class": 2,
            "phases": 1,
            "metering_mode": 0,
            "life_support": 1,
            "state": 1,
            "usage_category": -1,
        }
        if key in defaults:
            options = self._get_choices().get(kernel.COLUMN_BY_KEY[key].kind)
            return options[defaults[key]] if options else ""
        return example.get(key, "")

    @api.model
    def _fill_explanation(self, book, sheet):
        bold = book.add_format({"bold": True, "bg_color": "#F2F2F2", "bottom": 1})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        titles = (
            (self.env._("Column"), 26),
            (self.env._("Other accepted titles"), 40),
            (self.env._("Required"), 12),
            (self.env._("What to write"), 80),
        )
        for index, (title, width) in enumerate(titles):
            sheet.set_column(index, index, width, wrap)
            sheet.write_string(0, index, title, bold)
        texts = self._get_column_texts()
        for number, column in enumerate(self._get_columns(), 1):
            title = self._get_column_title(column.key)
            others = [t for t in (column.title, column.title_zh, *column.aliases) if t != title]
            sheet.write_string(number, 0, title)
            sheet.write_string(number, 1, ", ".join(others))
            sheet.write_string(
                number, 2, self.env._("Yes") if column.required else self.env._("No")
            )
            sheet.write_string(number, 3, texts[column.key])
        sheet.freeze_panes(1, 0)

    @api.model
    def _get_column_texts(self):
        """Return the explanation of each column."""
        lists = self._get_choices()

        def one_of(kind):
            return self.env._("One of: %(words)s.", words=", ".join(lists[kind]))

        return {
            "point_number": self.env._(
                "The utility's number of the supply point; each number once in the file. Rows "
                "whose number begins with %(prefix)s are examples and not imported.",
                prefix=EXAMPLE_PREFIX,
            ),
            "customer_number": self.env._(
                "Joins the supply point to a customer. Empty: the licence number decides, else "
                "equal name and phone, else a new customer with a number drawn by the system."
            ),
            "customer_name": self.env._("Required for a customer that is not known yet."),
            "customer_type": one_of("customer_type"),
            "licence_number": self.env._(
                "Unified social credit code, or number of the identity document."
            ),
            "phone": self.env._(
                "With area code, or a mobile number; written in international notation."
            ),
            "email": self.env._("One address."),
            "channel": one_of("channel"),
            "industry": self.env._("Name or code of a section of GB/T 4754, for example C."),
            **self._get_contact_texts(),
            "important_level": self.env._(
                "%(list)s Empty: not an important customer.", list=one_of("important_level")
            ),
            "important_date": self.env._("Year-month-day of the confirmation. Empty: today."),
            "important_authority": self.env._("The department that confirmed the level."),
            "payer": self.env._(
                "Customer number of who gets the bills; a customer that is known or stands in "
                "this file. Empty: the customer."
            ),
            "latitude": self.env._("Decimal degrees, for example 31.4912."),
            "longitude": self.env._("Decimal degrees, for example 120.3119."),
            "safety_load_kw": self.env._("Load in kW that must stay on for safety."),
            "allowed_interruption_s": self.env._(
                "Longest interruption in seconds that the load stands."
            ),
            **self._get_source_texts(one_of("source_role")),
            "generator_kind": one_of("generator_kind"),
            "generator_capacity": self.env._("Capacity in kW of the own emergency source."),
            "generator_transfer": self.env._("Seconds until it has taken over."),
            "generator_interlock": self.env._(
                "%(list)s How it is locked against feeding back.",
                list=one_of("generator_interlock"),
            ),
            "generator_last_test": self.env._("Year-month-day."),
            "point_name": self.env._("Empty: the customer's name."),
            "street": self.env._("Street and number of the supply point."),
            "city": self.env._("City of the supply point."),
            "area": self.env._("Name or code of a service area of this company."),
            "usage_category": one_of("usage_category"),
            "voltage_class": one_of("voltage_class"),
            "phases": self.env._(
                "%(list)s Empty: single phase at 220 V, else three.", list=one_of("phases")
            ),
            "metering_mode": self.env._(
                "%(list)s Empty: by the voltage.", list=one_of("metering_mode")
            ),
            "capacity_kva": self.env._("Contracted capacity in kVA."),
            "demand_kw": self.env._("Contracted demand in kW."),
            "life_support": one_of("boolean"),
            "boundary": self.env._("Where the utility's equipment ends and the customer's begins."),
            "state": self.env._(
                "%(list)s Empty: active. Only for new supply points.", list=one_of("state")
            ),
            "date_activated": self.env._("Year-month-day. Empty: today."),
        }

    @api.model
    def _get_contact_texts(self):
        texts = {
            "name": self.env._("Name of a contact person. Known persons are updated by name."),
            "function": self.env._("Position of this person."),
            "phone": self.env._("Telephone number of this person."),
            "email": self.env._("Email address of this person."),
        }
        return {
            f"contact{number}_{part}": text
            for number in kernel.CONTACTS
            for part, text in texts.items()
        }

    @api.model
    def _get_source_texts(self, roles):
        texts = {
            "substation": self.env._(
                "Substation of this incoming line. Sources of a row replace all that are recorded."
            ),
            "bus_section": self.env._("Bus section of the substation."),
            "feeder": self.env._("Name or number of the line."),
            "capacity": self.env._("Capacity of this source in kVA."),
            "role": self.env._("%(list)s Empty: main.", list=roles),
        }
        return {
            f"source{number}_{part}": text
            for number in kernel.SOURCES
            for part, text in texts.items()
        }
