import base64
import io

import openpyxl

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..tools import customer_import as kernel
from ..tools.table_file import FileCode, FileError
from .test_import_kernel import TITLES, make_csv, make_xlsx

FULL_TITLES = tuple(column.title for column in kernel.COLUMNS)
FULL_ROW = {
    "point_number": "0001234567",
    "customer_number": "K-77",
    "customer_name": "无锡纺织有限公司",
    "customer_type": "单位",
    "licence_number": "91320211MA1XYZ2345",
    "phone": "0510-82701234",
    "email": "office@example.com",
    "channel": "短信",
    "industry": "IMP-I",
    "contact1_name": "王敏",
    "contact1_function": "配电室主任",
    "contact1_phone": "138 1234 5678",
    "contact1_email": "wang@example.com",
    "contact2_name": "李强",
    "contact2_function": "",
    "contact2_phone": "",
    "contact2_email": "",
    "important_level": "一级",
    "important_date": "2026-03-31",
    "important_authority": "无锡市能源局",
    "point_name": "织造车间",
    "payer": "K-78",
    "street": "太湖大道 100 号",
    "city": "无锡",
    "latitude": "31.4912",
    "longitude": "-120.3119",
    "area": "IMP-N",
    "usage_category": "导入纺织",
    "voltage_class": "10千伏",
    "phases": "三相",
    "metering_mode": "高供高计",
    "capacity_kva": "1,250",
    "demand_kw": "900.5",
    "safety_load_kw": "200 千瓦",
    "allowed_interruption_s": "15 s",
    "life_support": "否",
    "boundary": "12 号杆开关出线端",
    "source1_substation": "太湖变",
    "source1_bus_section": "I段",
    "source1_feeder": "T12",
    "source1_capacity": "1250kVA",
    "source1_role": "主供",
    "source2_substation": "蠡园变",
    "source2_bus_section": "II段",
    "source2_feeder": "L07",
    "source2_capacity": "630",
    "source2_role": "备用",
    "source3_substation": "",
    "source3_bus_section": "",
    "source3_feeder": "",
    "source3_capacity": "",
    "source3_role": "",
    "generator_kind": "柴油发电机",
    "generator_capacity": "240",
    "generator_transfer": "10秒",
    "generator_interlock": "机械闭锁",
    "generator_last_test": "2026.5.20",
    "state": "正常",
    "date_activated": "2020年5月1日",
}


PAYER_ROW = {
    "point_number": "0001234568",
    "customer_number": "K-78",
    "customer_name": "太湖物业",
    "voltage_class": "220 V",
}


def make_full_csv(*others, **options):
    """The row that fills every column, and others that fill some."""
    rows = [[row.get(column.key, "") for column in kernel.COLUMNS] for row in (FULL_ROW, *others)]
    return make_csv(*rows, titles=FULL_TITLES, **options)


class ImportCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.company = cls.env["res.company"].create(
            {"name": "Import Bureau", "country_id": cls.env.ref("base.cn").id}
        )
        cls.agent = new_test_user(
            cls.env,
            "import_agent",
            groups="power_crm.group_agent",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
            lang="en_US",
        )
        cls.category = cls.env["power.usage.category"].create(
            {"name": "Import Mills", "code": "IMP-M"}
        )
        cls.category.with_context(lang="zh_CN").name = "导入纺织"
        cls.industry = cls.env["power.industry"].create({"name": "Import Trade", "code": "IMP-I"})
        cls.area = cls.env["power.area"].create(
            {"name": "Import North", "code": "IMP-N", "company_id": cls.company.id}
        )

    def make_wizard(self, content, **vals):
        return (
            self.env["power.customer.import"]
            .with_user(self.agent)
            .create({"file": base64.b64encode(content), "filename": "customers.csv", **vals})
        )

    def run_import(self, content, **vals):
        wizard = self.make_wizard(content, **vals)
        action = wizard.action_import()
        self.assertEqual(wizard.state, "done", wizard.problem_ids.mapped("problem"))
        return wizard, self.env["power.supply.point"].search(action["domain"])

    def find_point(self, number):
        return self.env["power.supply.point"].search(
            [("number", "=", number), ("company_id", "=", self.company.id)]
        )


@tagged("post_install", "-at_install")
class TestImportWizard(ImportCase):
    def test_every_column_arrives(self):
        _wizard, points = self.run_import(make_full_csv(PAYER_ROW, encoding="gb18030"))
        point, payer = points
        customer = point.partner_id
        self.assertRecordValues(
            point,
            [
                {
                    "number": "0001234567",
                    "name": "织造车间",
                    "street": "太湖大道 100 号",
                    "city": "无锡",
                    "area_id": self.area.id,
                    "usage_category_id": self.category.id,
                    "voltage_class": "10kv",
                    "phases": "three",
                    "metering_mode": "hv_hv",
                    "capacity_kva": 1250.0,
                    "demand_kw": 900.5,
                    "safety_load_kw": 200.0,
                    "allowed_interruption_s": 15.0,
                    "latitude": 31.4912,
                    "longitude": -120.3119,
                    "payer_id": payer.partner_id.id,
                    "important_level": "first",
                    # two substations; 240 kW are 120 % of 200 kW, 10 s within 15 s, locked
                    "compliance_state": "compliant",
                    "life_support": False,
                    "boundary": "12 号杆开关出线端",
                    "state": "active",
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(str(point.date_activated), "2020-05-01")
        self.assertRecordValues(
            customer,
            [
                {
                    "name": "无锡纺织有限公司",
                    "power_customer_number": "K-77",
                    "power_is_customer": True,
                    "is_company": True,
                    "phone": "+86 510 8270 1234",
                    "email": "office@example.com",
                    "power_contact_channel": "sms",
                    "power_industry_id": self.industry.id,
                    "power_important_level": "first",
                    "power_important_authority": "无锡市能源局",
                    "power_voltage_class": "10kv",
                    "power_capacity_kva": 1250.0,
                }
            ],
        )
        self.assertEqual(customer.power_licence_ids.mapped("number"), ["91320211MA1XYZ2345"])
        self.assertEqual(str(customer.power_important_date), "2026-03-31")
        self.assertRecordValues(
            point.source_ids.sorted("role"),
            [
                {
                    "substation": "太湖变",
                    "bus_section": "I段",
                    "feeder": "T12",
                    "capacity_kva": 1250.0,
                    "role": "main",
                },
                {
                    "substation": "蠡园变",
                    "bus_section": "II段",
                    "feeder": "L07",
                    "capacity_kva": 630.0,
                    "role": "standby",
                },
            ],
        )
        self.assertRecordValues(
            point.generator_ids,
            [
                {
                    "kind": "diesel",
                    "capacity_kw": 240.0,
                    "transfer_time_s": 10.0,
                    "interlock": "mechanical",
                }
            ],
        )
        self.assertEqual(str(point.generator_ids.last_test_date), "2026-05-20")
        self.assertRecordValues(
            customer.child_ids.sorted("name", reverse=True),
            [
                {
                    "name": "王敏",
                    "function": "配电室主任",
                    "phone": "+86 138 1234 5678",
                    "email": "wang@example.com",
                    "power_is_customer": False,
                },
                {
                    "name": "李强",
                    "function": False,
                    "phone": False,
                    "email": False,
                    "power_is_customer": False,
                },
            ],
        )

    def test_the_same_file_again_changes_nothing(self):
        _wizard, points = self.run_import(make_full_csv(PAYER_ROW))
        self.env.flush_all()
        sources, generator = points.source_ids, points.generator_ids
        self.run_import(make_full_csv(PAYER_ROW), on_existing="update")
        self.assertEqual(points.source_ids, sources)
        self.assertEqual(points.generator_ids, generator)
        self.assertEqual(len(points[0].partner_id.child_ids), 2)

    def test_sources_replace_and_an_own_source_of_the_same_kind_is_updated(self):
        _wizard, points = self.run_import(make_full_csv(PAYER_ROW))
        point = points[0]
        titles = (
            *("Supply point number", "Voltage", "Source 1 substation"),
            *("Own source", "Own source capacity (kW)", "Contact 1", "Contact 1 position"),
        )
        row = ("0001234567", "10 kV", "Liyuan", "Diesel", "100", "王敏", "厂长")
        self.run_import(make_csv(row, titles=titles), on_existing="update")
        self.assertEqual(point.source_ids.mapped("substation"), ["Liyuan"])
        self.assertEqual(point.generator_ids.mapped("capacity_kw"), [100.0])
        self.assertEqual(point.generator_ids.interlock, "mechanical", "empty cells change nothing")
        self.assertEqual(point.compliance_state, "missing")
        person = point.partner_id.child_ids.filtered(lambda contact: contact.name == "王敏")
        self.assertEqual((person.function, person.email), ("厂长", "wang@example.com"))
        row = ("0001234567", "10 kV", "", "UPS", "5", "", "")
        self.run_import(make_csv(row, titles=titles), on_existing="update")
        self.assertEqual(point.generator_ids.mapped("kind"), ["diesel", "ups"])
        self.assertEqual(len(point.source_ids), 1)

    def test_payer_that_nobody_is(self):
        wizard = self.make_wizard(make_full_csv())
        wizard.action_check()
        line = wizard.problem_ids
        self.assertEqual((line.row, line.column, line.value), (2, "Payer", "K-78"))
        self.assertIn("Give the number of a customer", line.remedy)
        known = self.env["res.partner"].create({"name": "Z", "power_customer_number": "K-78"})
        _wizard, point = self.run_import(make_full_csv())
        self.assertEqual(point.payer_id, known)

    def test_check_imports_nothing_and_lists_all_errors(self):
        wizard = self.make_wizard(
            make_csv(("W1", "", "A", "12345", "220 V"), ("W2", "", "", "", "66 kV"))
        )
        wizard.action_check()
        self.assertEqual(wizard.state, "wrong")
        self.assertEqual((wizard.row_count, wizard.wrong_row_count), (2, 2))
        self.assertEqual(
            wizard.problem_ids.mapped(lambda line: (line.row, line.column, line.value)),
            [(2, "Phone", "12345"), (3, "Customer name", ""), (3, "Voltage", "66 kV")],
        )
        self.assertIn("220 V, 380 V, 10 kV", wizard.problem_ids[2].remedy)
        self.assertFalse(self.find_point("W1"))

    def test_import_with_one_error_imports_nothing(self):
        wizard = self.make_wizard(
            make_csv(("W1", "", "A", "", "220 V"), ("W2", "", "B", "", "66 kV"))
        )
        wizard.action_import()
        self.assertEqual(wizard.state, "wrong")
        self.assertFalse(self.find_point("W1"))

    def test_a_fault_while_writing_undoes_everything(self):
        partners = type(self.env["power.supply.point"])
        wizard = self.make_wizard(
            make_csv(("W1", "WC1", "A", "", "220 V"), ("W2", "WC2", "B", "", "220 V"))
        )

        def fail(records, vals_list):
            reason = "disk is full"
            raise ValidationError(reason)

        self.patch(partners, "create", fail)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            wizard.action_import()
        self.env.invalidate_all()
        self.assertFalse(
            self.env["res.partner"].search([("power_customer_number", "in", ("WC1", "WC2"))])
        )

    def test_file_without_table_is_explained(self):
        wizard = self.make_wizard(b"\x00\x01\x02" * 100)
        wizard.action_check()
        self.assertEqual(wizard.state, "wrong")
        self.assertIn("XLSX", wizard.file_error)
        with self.assertRaises(UserError):
            self.make_wizard(b"").action_check()

    def test_messages_in_the_language_of_the_user(self):
        wizard = self.make_wizard(make_csv(("W1", "", "A", "12345", "220 V")))
        wizard.with_context(lang="zh_CN").action_check()
        self.assertEqual(wizard.problem_ids.column, "联系电话")

    def test_known_customers_and_points(self):
        first = make_csv(("W1", "WC1", "A", "13912345678", "220 V"))
        _wizard, point = self.run_import(first)
        customer = point.partner_id
        # another point of the known customer
        _wizard, second = self.run_import(make_csv(("W2", "WC1", "", "", "380 V")))
        self.assertEqual(second.partner_id, customer)
        self.assertEqual(customer.name, "A")
        # the same file again is refused, or updates
        wizard = self.make_wizard(first)
        wizard.action_import()
        self.assertEqual(wizard.state, "wrong")
        changed = make_csv(("W1", "WC1", "A & Sons", "", "380 V"))
        _wizard, updated = self.run_import(changed, on_existing="update")
        self.assertEqual(updated, point)
        self.assertEqual(point.voltage_class, "380v")
        self.assertEqual(customer.name, "A & Sons")
        self.assertEqual(customer.phone, "+86 139 1234 5678", "empty cells change nothing")

    def test_licence_finds_the_customer(self):
        titles = (*TITLES, "Licence number")
        _wizard, point = self.run_import(
            make_csv(("W1", "", "A", "", "220 V", "LIC-9"), titles=titles)
        )
        _wizard, second = self.run_import(
            make_csv(("W2", "", "", "", "220 V", "LIC-9"), titles=titles)
        )
        self.assertEqual(point.partner_id, second.partner_id)
        self.assertEqual(len(point.partner_id.power_licence_ids), 1)

    def test_the_same_number_in_another_company_is_another_point(self):
        other = self.env["res.company"].create({"name": "Import Bureau 2"})
        partner = self.env["res.partner"].create({"name": "Other"})
        self.env["power.supply.point"].create(
            {"number": "W1", "partner_id": partner.id, "company_id": other.id}
        )
        _wizard, point = self.run_import(make_csv(("W1", "", "A", "", "220 V")))
        self.assertEqual(point.company_id, self.company)

    def test_template_is_accepted_and_its_example_left_out(self):
        for lang in ("en_US", "zh_CN"):
            content = (
                self.env["power.customer.import"]
                .with_user(self.agent)
                .with_context(lang=lang)
                ._make_template()
            )
            book = openpyxl.load_workbook(io.BytesIO(content))
            self.assertEqual(len(book.sheetnames), 3)
            self.assertTrue(book.worksheets[0].data_validations.dataValidation)
            columns = self.env["power.customer.import"]._get_columns()
            self.assertEqual(book.worksheets[1].max_row, len(columns) + 1)
            with self.assertRaises(FileError) as caught:
                kernel.read_table(content, columns=columns)
            self.assertEqual(caught.exception.code, FileCode.NO_ROWS)
            # the example itself is a correct row
            sheet = book.worksheets[0]
            sheet["A2"] = "W77"
            keys = [column.key for column in kernel.COLUMNS]
            sheet.cell(2, keys.index("area") + 1).value = "IMP-N"
            stream = io.BytesIO()
            book.save(stream)
            wizard = self.make_wizard(stream.getvalue())
            wizard.action_check()
            self.assertFalse(wizard.file_error)
            self.assertEqual(wizard.state, "ready", wizard.problem_ids.mapped("problem"))

    def test_xlsx_import(self):
        _wizard, points = self.run_import(
            make_xlsx(("W1", "", "A", 13912345678, "220 V"), ("W2", "", "B", None, "10 kV"))
        )
        self.assertEqual(points.sorted("number").mapped("metering_mode"), ["lv_lv", "hv_hv"])

    def test_who_may_import(self):
        for group in ("power_crm.group_user", "power_crm.group_analyst", "base.group_portal"):
            user = new_test_user(self.env, f"import_{group[-6:]}", groups=group)
            with self.assertRaises(AccessError):
                self.env["power.customer.import"].with_user(user).create({})

    def test_queries_do_not_grow_with_the_rows(self):
        """All rows of a batch are looked up, computed and written together."""

        def count_queries(rows, prefix):
            wizard = self.make_wizard(
                make_csv(
                    *(
                        (f"{prefix}{i}", f"{prefix}C{i}", f"Mill {i}", f"139{i:08d}", "10 kV")
                        for i in range(rows)
                    )
                )
            )
            before = self.cr.sql_log_count
            wizard.action_import()
            self.env.flush_all()
            self.assertEqual(wizard.state, "done", wizard.problem_ids[:3].mapped("problem"))
            return self.cr.sql_log_count - before

        count_queries(5, "Q")
        few, many = count_queries(5, "R"), count_queries(300, "S")
        self.assertEqual(len(self.find_point("S299")), 1)
        self.assertEqual(
            self.env["power.supply.point"].search_count([("company_id", "=", self.company.id)]), 310
        )
        # 300 rows insert more than one page of 100 rows a query
        self.assertLessEqual(many, few + 20)


@tagged("post_install", "-at_install")
class TestImportFiles(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = new_test_user(cls.env, "import_agent", groups="power_crm.group_agent")
        cls.other = new_test_user(cls.env, "import_other", groups="power_crm.group_agent")
        cls.reader = new_test_user(cls.env, "import_reader", groups="power_crm.group_user")

    def test_template(self):
        self.authenticate("import_agent", "import_agent")
        response = self.url_open("/power/customer_import/template")
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.content.startswith(b"PK"))
        self.authenticate("import_reader", "import_reader")
        self.assertEqual(self.url_open("/power/customer_import/template").status_code, 404)

    def test_error_list_is_its_author_s(self):
        wizard = (
            self.env["power.customer.import"]
            .with_user(self.agent)
            .create({"file": base64.b64encode(make_csv(("1", "", "A", "=1+1", "220 V")))})
        )
        wizard.action_check()
        url = f"/power/customer_import/{wizard.id}/errors"
        self.authenticate("import_agent", "import_agent")
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        self.assertEqual(sheet.max_row, 2)
        # what the file says is text, never a formula
        self.assertEqual((sheet["C2"].value, sheet["C2"].data_type), ("=1+1", "s"))
        self.authenticate("import_other", "import_other")
        self.assertEqual(self.url_open(url).status_code, 404)
