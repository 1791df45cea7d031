from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.power_crm.tests.properties import steady
from odoo.addons.power_crm.tools.table_file import FileCode, FileError
from odoo.addons.power_faults.tools import network_import as kernel
from odoo.addons.power_faults.tools.network_import import Code, Existing, ExistingNode

HEAD = "code,name,kind,parent code,supply point numbers,latitude,longitude\n"


def check(rows, existing=None, update=True):
    table = kernel.read_table((HEAD + rows).encode())
    return kernel.check(table, existing or Existing(), update)


class TestNetworkKernel(BaseCase):
    def found(self, rows, existing=None, update=True):
        result = check(rows, existing, update)
        self.assertFalse(result.problems and result.nodes)
        return {(problem.row, problem.column, problem.code) for problem in result.problems}

    def test_good_file_in_any_order(self):
        result = check(
            "T1,Garden,变压器,F1,3001; 3002,31.5,120.3\nF1,Lake,Feeder,S,,,\nS,Taihu,变电站,,,,\n",
            Existing(points={"3001": 11, "3002": 12}),
        )
        self.assertEqual([node.code for node in result.nodes], ["S", "F1", "T1"])
        self.assertEqual(result.nodes[2].points, (11, 12))
        self.assertEqual(result.nodes[2].kind, "transformer")

    def test_all_errors_at_once(self):
        rows = (
            "S,Taihu,substation,,,,\n"  # 2
            "F1,Lake,pipeline,S,,,\n"  # 3 unknown kind
            "F1,Lake,feeder,S,,,\n"  # 4 duplicate
            "T1,Garden,transformer,,,,\n"  # 5 orphan
            "T2,Park,transformer,NONE,,,\n"  # 6 unknown parent
            "T3,Mill,transformer,S2,77,91,120\n"  # 7 parent unknown, point unknown, latitude
            ",Nameless,switch,F1,,,\n"  # 8 no code
            "T4,Hill,feeder,F9,,,\n"  # 9 feeder fed from a feeder
            "F9,Far,feeder,S,,,x\n"  # 10 longitude
        )
        self.assertEqual(
            self.found(rows),
            {
                (3, "kind", Code.UNKNOWN_KIND),
                (4, "code", Code.DUPLICATE),
                (5, "parent", Code.ORPHAN),
                (6, "parent", Code.UNKNOWN_PARENT),
                (7, "parent", Code.UNKNOWN_PARENT),
                (7, "points", Code.UNKNOWN_POINT),
                (7, "latitude", Code.OUT_OF_RANGE),
                (8, "code", Code.REQUIRED),
                (9, "parent", Code.WRONG_PARENT_KIND),
                (10, "longitude", Code.NOT_A_NUMBER),
            },
        )

    def test_cycle_in_file(self):
        rows = "A,A,switch,C,,,\nB,B,switch,A,,,\nC,C,switch,B,,,\nD,D,switch,A,,,\n"
        self.assertEqual(self.found(rows), {(row, "parent", Code.CYCLE) for row in (2, 3, 4)})

    def test_cycle_through_the_database(self):
        """W2 hangs under W1 already; hanging W1 under W2 closes a circle."""
        existing = Existing(
            nodes={
                "F": ExistingNode(1, "feeder", None),
                "W1": ExistingNode(2, "switch", "F"),
                "W2": ExistingNode(3, "switch", "W1"),
            }
        )
        self.assertEqual(self.found("W1,W1,switch,W2,,,\n", existing), {(2, "parent", Code.CYCLE)})

    def test_existing(self):
        existing = Existing(nodes={"S": ExistingNode(7, "substation", None)})
        self.assertEqual(check("S,New name,substation,,,,\n", existing).nodes[0].id, 7)
        self.assertEqual(
            self.found("S,New name,substation,,,,\n", existing, update=False),
            {(2, "code", Code.EXISTS)},
        )

    def test_point_twice(self):
        existing = Existing(points={"1": 1})
        rows = "S,S,substation,,,,\nT1,a,transformer,S,1,,\nT2,b,transformer,S,1,,\n"
        self.assertEqual(self.found(rows, existing), {(4, "points", Code.POINT_TWICE)})

    def test_files_refused(self):
        for content, code in (
            (b"", FileCode.EMPTY),
            (b"code,name\nA,B\n", FileCode.MISSING_COLUMNS),
            (b"this is,no network\n1,2\n", FileCode.NO_HEADER),
            (HEAD.encode(), FileCode.NO_ROWS),
            (HEAD.encode() + b"EXAMPLE-S1,a,feeder,,,,\n", FileCode.NO_ROWS),
        ):
            with self.subTest(code), self.assertRaises(FileError) as caught:
                kernel.read_table(content)
            self.assertEqual(caught.exception.code, code)

    def test_titles_and_rows_that_do_not_fit(self):
        """A column given twice, or cells beyond the titles, would lose data in silence."""
        head = "code,name,kind,名称\n"
        table = kernel.read_table((head + "S,S,substation,T,left over\n").encode())
        result = kernel.check(table, Existing())
        self.assertEqual(
            [(p.row, p.column, p.value, p.code) for p in result.problems],
            [
                (1, "名称", "名称", Code.REPEATED_COLUMN),
                (2, "", "left over", Code.TOO_MANY_CELLS),
            ],
        )

    def test_chinese_spreadsheet_export(self):
        text = "编码;名称;类型;上级编码;户号\nS;太湖;变电站;;\n"
        table = kernel.read_table(text.encode("gb18030"))
        self.assertEqual(kernel.check(table, Existing()).nodes[0].name, "太湖")

    @settings(steady, max_examples=60)
    @given(st.lists(st.integers(0, 11), min_size=2, max_size=12))
    def test_either_sorted_or_cycle(self, parents):
        """Whatever feeds what: parents come first, or somebody stands in a circle."""
        rows = "".join(
            f"N{index},n,switch,N{parent % len(parents)},,,\n"
            for index, parent in enumerate(parents)
        )
        result = check(rows)
        # every device has a parent in the file, so there is a circle always
        self.assertTrue(any(problem.code == Code.CYCLE for problem in result.problems))
        tree = "F,f,feeder,S,,,\nS,s,substation,,,,\n" + "".join(
            f"N{index},n,switch,{'F' if parent >= index else f'N{parent}'},,,\n"
            for index, parent in enumerate(parents)
        )
        order = [node.code for node in check(tree).nodes]
        self.assertEqual(len(order), len(parents) + 2)
        for node in check(tree).nodes:
            if node.parent:
                self.assertLess(order.index(node.parent), order.index(node.code))
