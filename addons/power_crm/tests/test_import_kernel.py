import csv
import datetime
import io
from decimal import Decimal

import openpyxl
import xlsxwriter

from odoo.tests import BaseCase

from ..tools import customer_import as kernel
from ..tools.customer_import import Code, Existing, ExistingPoint
from ..tools.table_file import FileCode, FileError

TITLES = ("Supply point number", "Customer number", "Customer name", "Phone", "Voltage")


def make_csv(*rows, titles=TITLES, delimiter=",", encoding="utf-8"):
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows([titles, *rows])
    return stream.getvalue().encode(encoding)


def make_xlsx(*rows, titles=TITLES):
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    for row in (titles, *rows):
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


class ImportKernelCase(BaseCase):
    def check(self, content, existing=None, **options):
        return kernel.check(kernel.read_table(content), existing or Existing(), **options)

    def assertProblems(self, result, *expected):
        self.assertEqual([(p.row, p.column, p.code) for p in result.problems], list(expected))

    def assertRefused(self, content, code):
        with self.assertRaises(FileError) as caught:
            kernel.read_table(content)
        self.assertEqual(caught.exception.code, code)
        return caught.exception


class TestReading(ImportKernelCase):
    def test_files_that_are_no_tables(self):
        for content, code in (
            (b"", FileCode.EMPTY),
            (b"\xef\xbb\xbf\r\n\r\n", FileCode.EMPTY),
            (bytes(range(256)) * 40, FileCode.NOT_A_TABLE),
            (b"%PDF-1.7\x01\x02\x03 binary", FileCode.NOT_A_TABLE),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, FileCode.OLD_EXCEL),
            (b"PK\x03\x04" + b"broken" * 50, FileCode.BROKEN_EXCEL),
            (b"name,street\nA,B\n", FileCode.NO_HEADER),
            (make_csv(), FileCode.NO_ROWS),
        ):
            with self.subTest(code=code):
                self.assertRefused(content, code)

    def test_missing_columns_are_named(self):
        error = self.assertRefused(
            make_csv(("A", "139 1234 5678"), titles=("Customer name", "Phone")),
            FileCode.MISSING_COLUMNS,
        )
        self.assertEqual(error.detail, "point_number,voltage_class")

    def test_encodings_and_delimiters(self):
        row = ("001", "C1", "无锡纺织有限公司", "0510-82701234", "10千伏")
        titles = ("用电户号", "客户编号", "客户名称", "联系电话", "电压等级")
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
            for delimiter in ",;\t|":
                with self.subTest(encoding=encoding, delimiter=delimiter):
                    content = make_csv(row, titles=titles, delimiter=delimiter, encoding=encoding)
                    result = self.check(content)
                    self.assertProblems(result)
                    self.assertEqual(result.customers[0].vals["customer_name"], "无锡纺织有限公司")
                    self.assertEqual(result.points[0].vals["voltage_class"], "10kv")

    def test_titles_with_a_heading_above_and_other_spelling(self):
        content = "客户清单\n\n 用电户号 *,户名,供电电压（kV）\n001,A,10kV\n"
        result = self.check(content.replace("（kV）", "").encode())
        self.assertProblems(result)
        self.assertEqual(result.points[0].row, 4)

    def test_unknown_and_repeated_columns(self):
        titles = (*TITLES, "Colour", "Phone")
        content = make_csv(("1", "C1", "A", "", "220 V", "red", ""), titles=titles)
        result = self.check(content)
        self.assertProblems(
            result, (1, "Colour", Code.UNKNOWN_COLUMN), (1, "Phone", Code.REPEATED_COLUMN)
        )
        table = kernel.read_table(
            make_csv(("1", "C1", "A", "", "220 V", "red"), titles=(*TITLES, "Colour")),
            ignore_unknown=True,
        )
        self.assertFalse(table.problems)

    def test_xlsx_with_numbers_and_dates(self):
        titles = (*TITLES, "Capacity (kVA)", "Active since")
        content = make_xlsx(
            (1001, 5.0, "A", 13912345678, "10kV", 1250.5, datetime.datetime(2026, 1, 31)),
            titles=titles,
        )
        result = self.check(content)
        self.assertProblems(result)
        vals = result.points[0].vals
        self.assertEqual(vals["number"], "1001")
        self.assertEqual(result.customers[0].number, "5")
        self.assertEqual(vals["capacity_kva"], Decimal("1250.5"))
        self.assertEqual(vals["date_activated"], datetime.date(2026, 1, 31))
        self.assertEqual(result.customers[0].vals["phone"], "+86 139 1234 5678")

    def test_formulas_give_their_stored_result_or_are_reported(self):
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, TITLES)
            sheet.write_row(1, 0, ("1", "C1"))
            sheet.write_formula(1, 2, '="A"&" Co."', None, "A Co.")
            sheet.write_string(1, 4, "220 V")
        result = self.check(stream.getvalue())
        self.assertProblems(result)
        self.assertEqual(result.customers[0].vals["customer_name"], "A Co.")
        # openpyxl stores formulas without results
        result = self.check(make_xlsx(("1", "C1", '="A"&" Co."', "", "220 V")))
        self.assertProblems(result, (2, "customer_name", Code.FORMULA))

    def test_long_numbers_that_a_spreadsheet_rounded(self):
        result = self.check(make_xlsx((3202110012345678901, "C1", "A", "", "220 V")))
        self.assertProblems(result, (2, "point_number", Code.ROUNDED_NUMBER))
        result = self.check(make_csv(("3.20211E+18", "C1", "A", "", "220 V")))
        self.assertProblems(result, (2, "point_number", Code.ROUNDED_NUMBER))

    def test_examples_and_empty_rows_are_left_out(self):
        content = make_csv(
            ("EXAMPLE-1", "x", "y", "bad", "bad"), ("", "", "", "", ""), ("1", "", "A", "", "220V")
        )
        result = self.check(content)
        self.assertProblems(result)
        self.assertEqual(result.row_count, 1)
        self.assertEqual(result.points[0].row, 4)

    def test_row_with_more_cells_than_titles(self):
        result = self.check(make_csv(("1", "C1", "A", "", "220 V", "lost")))
        self.assertProblems(result, (2, "", Code.TOO_MANY_CELLS))


class TestCells(ImportKernelCase):
    def test_numbers(self):
        for text, expected in (
            ("1250", "1250"),
            ("1,250.5", "1250.5"),
            ("1 250", "1250"),
            ("1.250,5", "1250.5"),
            ("1250,5", "1250.5"),
            ("１２５０．５", "1250.5"),
            ("1,250 kVA", "1250"),
            (0, "0"),
            (1250.0, "1250"),
        ):
            with self.subTest(text=text):
                self.assertEqual(kernel.parse_number(text), Decimal(expected))
        for text, code in (
            ("about 5", Code.NOT_A_NUMBER),
            ("1,25,0", Code.NOT_A_NUMBER),
            ("nan", Code.NOT_A_NUMBER),
            ("Infinity", Code.NOT_A_NUMBER),
            (True, Code.NOT_A_NUMBER),
            ("-5", Code.NEGATIVE),
        ):
            with self.subTest(text=text), self.assertRaises(kernel.CellError) as caught:
                kernel.parse_number(text)
            self.assertEqual(caught.exception.code, code)

    def test_dates(self):
        day = datetime.date(2026, 1, 31)
        for cell in (
            day,
            datetime.datetime(2026, 1, 31, 8),
            "2026-01-31",
            "2026/1/31",
            "2026.1.31",
            "20260131",
            "2026年1月31日",
            "2026-01-31 00:00:00",
        ):
            with self.subTest(cell=cell):
                self.assertEqual(kernel.parse_date(cell), day)
        for cell in (
            "31/01/2026",
            "01/02/2026",
            "2026-02-30",
            "2026-13-01",
            "soon",
            46053,
            "0001-01-01",
        ):
            with self.subTest(cell=cell), self.assertRaises(kernel.CellError):
                kernel.parse_date(cell)

    def test_words_of_lists(self):
        for kind, text, value in (
            ("voltage_class", "10kV", "10kv"),
            ("voltage_class", "交流10kV", "10kv"),
            ("voltage_class", "220 伏", "220v"),
            ("voltage_class", "220千伏", "220kv"),
            ("metering_mode", "高供低计", "hv_lv"),
            ("metering_mode", "lv_lv", "lv_lv"),
            ("phases", "三相", "three"),
            ("state", "正常用电", "active"),
            ("channel", "短信", "sms"),
            ("customer_type", "居民", "person"),
        ):
            with self.subTest(text=text):
                self.assertEqual(kernel.parse_choice(kind, text), value)
        with self.assertRaises(kernel.CellError):
            kernel.parse_choice("voltage_class", "66 kV")

    def test_every_word_of_a_list_means_one_thing(self):
        for kind, choices in kernel.CHOICES.items():
            words = [
                kernel.normalise(word)
                for value, names in choices.items()
                for word in {kernel.normalise(value), *map(kernel.normalise, names)}
            ]
            self.assertEqual(len(words), len(set(words)), kind)

    def test_phones(self):
        for text, expected in (
            ("139 1234 5678", "+86 139 1234 5678"),
            ("１３９１２３４５６７８", "+86 139 1234 5678"),
            ("0510-82701234", "+86 510 8270 1234"),
            ("0510-82701234转8001", "+86 510 8270 1234 ext. 8001"),
            ("+81 3 1234 5678", "+81 3-1234-5678"),
        ):
            with self.subTest(text=text):
                self.assertEqual(kernel.format_phone(text, "CN"), expected)
        for text in ("12345", "1391234567", "none", "139 1234 5678 / 137 0000 0000"):
            with self.subTest(text=text):
                self.assertIsNone(kernel.format_phone(text, "CN"))


class TestChecking(ImportKernelCase):
    def test_one_customer_with_several_points(self):
        content = make_csv(("1", "C1", "A", "13912345678", "220 V"), ("2", "C1", "", "", "380 V"))
        result = self.check(content)
        self.assertProblems(result)
        self.assertEqual(len(result.customers), 1)
        self.assertEqual([point.customer for point in result.points], [0, 0])

    def test_rows_of_one_customer_that_contradict(self):
        content = make_csv(("1", "C1", "A", "", "220 V"), ("2", "C1", "B", "", "220 V"))
        result = self.check(content)
        self.assertProblems(result, (3, "customer_name", Code.CONFLICT))
        self.assertEqual(result.problems[0].detail, "2")

    def test_customers_without_number_are_told_apart(self):
        content = make_csv(
            ("1", "", "Zhang Wei", "13912345678", "220 V"),
            ("2", "", "Zhang Wei", "13912345678", "220 V"),
            ("3", "", "Zhang Wei", "13912345679", "220 V"),
            ("4", "", "Zhang Wei", "", "220 V"),
        )
        result = self.check(content)
        self.assertProblems(result)
        self.assertEqual([point.customer for point in result.points], [0, 0, 1, 2])

    def test_number_twice_in_the_file(self):
        content = make_csv(("1", "C1", "A", "", "220 V"), ("1", "C2", "B", "", "220 V"))
        result = self.check(content)
        self.assertProblems(result, (3, "point_number", Code.DUPLICATE))
        self.assertEqual(result.problems[0].detail, "2")

    def test_points_that_exist(self):
        existing = Existing(
            customers_by_number={"C1": 7},
            points={"1": ExistingPoint(70, 7, "active"), "2": ExistingPoint(71, 7, "closed")},
        )
        content = make_csv(("1", "C1", "", "", "220 V"), ("2", "C1", "", "", "220 V"))
        self.assertProblems(
            self.check(content, existing),
            (2, "point_number", Code.EXISTS),
            (3, "point_number", Code.EXISTS),
        )
        result = self.check(content, existing, update=True)
        self.assertProblems(result, (3, "point_number", Code.CLOSED))
        self.assertEqual((result.points[0].id, result.customers[0].id), (70, 7))

    def test_update_gives_no_point_to_another_customer(self):
        existing = Existing(
            customers_by_number={"C1": 7, "C2": 8},
            points={"1": ExistingPoint(70, 7, "active"), "2": ExistingPoint(71, 7, "active")},
        )
        content = make_csv(("1", "C2", "", "", "220 V"), ("2", "C9", "B", "", "220 V"))
        self.assertProblems(
            self.check(content, existing, update=True),
            (2, "point_number", Code.OTHER_CUSTOMER),
            (3, "point_number", Code.OTHER_CUSTOMER),
        )

    def test_update_does_not_change_the_state(self):
        existing = Existing(points={"1": ExistingPoint(70, 7, "active")})
        titles = ("Supply point number", "Voltage", "State")
        result = self.check(
            make_csv(("1", "220 V", "Closed"), titles=titles), existing, update=True
        )
        self.assertProblems(result, (2, "state", Code.STATE_CHANGE))
        result = self.check(
            make_csv(("1", "220 V", "Active"), titles=titles), existing, update=True
        )
        self.assertProblems(result)
        self.assertNotIn("state", result.points[0].vals)

    def test_customers_are_found_by_licence(self):
        existing = Existing(
            customers_by_number={"C1": 7}, customers_by_licence={"L1": [7], "L2": [8], "L3": [7, 8]}
        )
        titles = ("Supply point number", "Voltage", "Customer number", "Licence number")
        result = self.check(
            make_csv(
                ("1", "220 V", "", "L1"),
                ("2", "220 V", "C1", "L1"),
                ("3", "220 V", "C1", "L2"),
                ("4", "220 V", "C9", "L2"),
                ("5", "220 V", "", "L3"),
                titles=titles,
            ),
            existing,
        )
        problems = [(p.row, p.code) for p in result.problems if p.column == "licence_number"]
        self.assertIn((4, Code.TWO_CUSTOMERS), problems)
        self.assertIn((5, Code.TWO_CUSTOMERS), problems)
        self.assertIn((6, Code.AMBIGUOUS_RECORD), problems)
        self.assertEqual({row for row, _code in problems}, {4, 5, 6})
        self.assertEqual([p.customer for p in result.points], [0, 0])

    def test_metering_mode_goes_with_the_voltage(self):
        titles = ("Supply point number", "Customer name", "Voltage", "Metering mode")
        result = self.check(
            make_csv(
                ("1", "A", "220 V", "高供高计"),
                ("2", "B", "10kV", "低供低计"),
                ("3", "C", "10kV", "高供低计"),
                titles=titles,
            )
        )
        self.assertProblems(
            result,
            (2, "metering_mode", Code.METERING_MISMATCH),
            (3, "metering_mode", Code.METERING_MISMATCH),
        )

    def test_areas_and_categories(self):
        existing = Existing(areas={"north": [1], "south": [2, 3]}, usage_categories={"居民": [5]})
        titles = ("Supply point number", "Customer name", "Voltage", "Area", "Usage category")
        result = self.check(
            make_csv(
                ("1", "A", "220 V", "North", "居民"),
                ("2", "B", "220 V", "South", "居民"),
                ("3", "C", "220 V", "West", "Palace"),
                titles=titles,
            ),
            existing,
        )
        self.assertProblems(
            result,
            (3, "area", Code.AMBIGUOUS_RECORD),
            (4, "area", Code.UNKNOWN_RECORD),
            (4, "usage_category", Code.UNKNOWN_RECORD),
        )
        self.assertEqual(result.points[0].vals["area"], 1)

    def test_a_thousand_rows_with_37_wrong_in_ten_ways(self):
        titles = (
            *TITLES,
            "Email",
            "Capacity (kVA)",
            "Active since",
            "Metering mode",
            "Area",
        )
        # ten faults: the column and what stands in it
        faults = (
            (0, ""),
            (0, "P1"),
            (2, ""),
            (3, "12345"),
            (4, "66 kV"),
            (5, "nobody"),
            (6, "much"),
            (6, "-3"),
            (7, "31/01/2026"),
            (8, "高供高计"),
        )
        rows = [
            [
                f"P{i}",
                f"C{i}",
                f"Customer {i}",
                "13912345678",
                "220 V",
                f"c{i}@example.com",
                "8",
                "2026-01-31",
                "低供低计",
                "North",
            ]
            for i in range(1, 1001)
        ]
        wrong = {27 * (k + 1): faults[k % 10] for k in range(37)}
        for index, (column, value) in wrong.items():
            rows[index][column] = value
        result = self.check(make_csv(*rows, titles=titles), Existing(areas={"north": [1]}))
        # row 1 holds the titles, so the row of index 27 is number 29
        self.assertEqual({p.row for p in result.problems}, {index + 2 for index in wrong})
        self.assertEqual(len({p.row for p in result.problems}), 37)
        self.assertEqual(len(result.problems), 37)
        self.assertEqual(len({(p.column, p.code) for p in result.problems}), 10)
        self.assertEqual(len(result.points), 1000 - 37)


class TestSupply(ImportKernelCase):
    """Sources, own sources, contacts, importance, payer and place of a supply point."""

    def check_row(self, existing=None, **cells):
        cells = {"point_number": "1", "customer_name": "A", "voltage_class": "10 kV", **cells}
        titles = [kernel.COLUMN_BY_KEY[key].title for key in cells]
        return self.check(make_csv(list(cells.values()), titles=titles), existing)

    def test_groups_without_what_they_belong_to(self):
        for key, needed in (
            ("source2_feeder", "source2_substation"),
            ("source1_role", "source1_substation"),
            ("generator_last_test", "generator_kind"),
            ("contact1_phone", "contact1_name"),
            ("important_authority", "important_level"),
        ):
            value = {
                "source1_role": "Main",
                "generator_last_test": "2026-01-02",
                "contact1_phone": "139 1234 5678",
            }.get(key, "x")
            with self.subTest(key=key):
                self.assertProblems(self.check_row(**{key: value}), (2, needed, Code.REQUIRED))

    def test_sources_are_gathered_and_told_apart(self):
        result = self.check_row(
            source1_substation="Taihu", source1_bus_section="I", source3_substation="Taihu",
            source3_bus_section="II", source3_capacity="1,250 kVA", source3_role="备用",
        )  # fmt: skip
        self.assertProblems(result)
        self.assertEqual(
            result.points[0].sources,
            [
                {"substation": "Taihu", "bus_section": "I"},
                {
                    "substation": "Taihu",
                    "bus_section": "II",
                    "capacity": Decimal(1250),
                    "role": "standby",
                },
            ],
        )
        twice = self.check_row(source1_substation="Taihu", source2_substation="Taihu")
        self.assertProblems(twice, (2, "source2_substation", Code.REPEATED_SOURCE))

    def test_own_source(self):
        result = self.check_row(
            generator_kind="柴油", generator_capacity="240kW", generator_transfer="0.015 秒",
            generator_interlock="无", generator_last_test="2026年5月20日",
        )  # fmt: skip
        self.assertProblems(result)
        self.assertEqual(
            result.points[0].generator,
            {
                "kind": "diesel",
                "capacity": Decimal(240),
                "transfer": Decimal("0.015"),
                "interlock": "none",
                "last_test": datetime.date(2026, 5, 20),
            },
        )

    def test_coordinates(self):
        result = self.check_row(latitude="-33.8688", longitude="151.2093°")
        self.assertProblems(result)
        self.assertEqual(result.points[0].vals["latitude"], Decimal("-33.8688"))
        # Wuxi with latitude and longitude exchanged
        wrong = self.check_row(latitude="120.31", longitude="31.49")
        self.assertProblems(wrong, (2, "latitude", Code.OUT_OF_RANGE))
        self.assertEqual(wrong.problems[0].detail, "90")

    def test_payer_of_the_database_of_the_file_and_of_nowhere(self):
        known = self.check_row(Existing(customers_by_number={"C9": 9}), payer="C9")
        self.assertEqual((known.points[0].payer, known.points[0].payer_number), (9, ""))
        titles = ("Supply point number", "Customer number", "Customer name", "Voltage", "Payer")
        result = self.check(
            make_csv(
                ("1", "C1", "A", "220 V", "C2"),
                ("2", "C2", "B", "220 V", ""),
                ("3", "C3", "C", "220 V", "C4"),
                titles=titles,
            )
        )
        self.assertProblems(result, (4, "payer", Code.UNKNOWN_PAYER))
        self.assertEqual([p.payer_number for p in result.points], ["C2", ""])
        self.assertEqual(
            kernel.find_keys(
                kernel.read_table(make_csv(("1", "", "A", "220 V", "C2"), titles=titles))
            )[0],
            {"C2"},
        )

    def test_contacts_of_one_customer_agree(self):
        titles = ("Supply point number", "Customer number", "Customer name", "Voltage", "联系人")
        result = self.check(
            make_csv(
                ("1", "C1", "A", "220 V", "王敏"), ("2", "C1", "A", "220 V", "李强"), titles=titles
            )
        )
        self.assertProblems(result, (3, "contact1_name", Code.CONFLICT))
        self.assertEqual(result.customers[0].contacts, [{"name": "王敏"}])

    def test_importance(self):
        result = self.check_row(important_level="二级重要用户", important_date="2026-03-31")
        self.assertProblems(result)
        vals = result.customers[0].vals
        self.assertEqual(
            (vals["important_level"], vals["important_date"]),
            ("second", datetime.date(2026, 3, 31)),
        )
