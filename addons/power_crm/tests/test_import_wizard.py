import base64
import io
import time

import openpyxl

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..tools import customer_import as kernel
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
    "point_name": "织造车间",
    "street": "太湖大道 100 号",
    "city": "无锡",
    "area": "IMP-N",
    "usage_category": "导入纺织",
    "voltage_class": "10千伏",
    "phases": "三相",
    "metering_mode": "高供高计",
    "capacity_kva": "1,250",
    "demand_kw": "900.5",
    "life_support": "否",
    "boundary": "12 号杆开关出线端",
    "state": "正常",
    "date_activated": "2020年5月1日",
}


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
        content = make_csv(
            [FULL_ROW[column.key] for column in kernel.COLUMNS],
            titles=FULL_TITLES,
            encoding="gb18030",
        )
        _wizard, point = self.run_import(content)
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
                    "power_voltage_class": "10kv",
                    "power_capacity_kva": 1250.0,
                }
            ],
        )
        self.assertEqual(customer.power_licence_ids.mapped("number"), ["91320211MA1XYZ2345"])

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
            self.assertEqual(book.worksheets[1].max_row, len(kernel.COLUMNS) + 1)
            with self.assertRaises(kernel.FileError) as caught:
                kernel.read_table(content)
            self.assertEqual(caught.exception.code, kernel.FileCode.NO_ROWS)
            # the example itself is a correct row
            sheet = book.worksheets[0]
            sheet["A2"] = "W77"
            sheet.cell(2, 12).value = "IMP-N"
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

    def test_three_thousand_rows_in_seconds(self):
        rows = [(f"S{i}", f"SC{i}", f"Customer {i}", f"139{i:08d}", "220 V") for i in range(3000)]
        wizard = self.make_wizard(make_csv(*rows))
        start = time.monotonic()
        wizard.action_import()
        self.env.flush_all()
        seconds = time.monotonic() - start
        self.assertEqual(wizard.state, "done", wizard.problem_ids[:3].mapped("problem"))
        self.assertEqual(
            self.env["power.supply.point"].search_count([("company_id", "=", self.company.id)]),
            3000,
        )
        self.assertLess(seconds, 60, "generous: the machine may be busy")


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
