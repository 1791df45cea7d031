"""Read and check a file of network devices: a tree, and the supply points that hang in it.

Nothing here knows the database. What exists is handed in (:class:`Existing`), devices in an order
in which every parent comes before its children are handed out (:class:`Result`), and each fault is
a :class:`Problem` that the caller words in the user's language.
"""

import dataclasses
import re
from decimal import Decimal
from enum import StrEnum

from odoo.addons.power_crm.tools.customer_import import (
    CellError,
    parse_code,
    parse_degrees,
    parse_text,
    to_text,
)
from odoo.addons.power_crm.tools.customer_import import Code as CellCode
from odoo.addons.power_crm.tools.table_file import (
    Column,
    Problem,
    Table,
    TableCode,
    TableReader,
    is_filled,
    normalise,
)

MAX_ROWS = 50_000

# What may feed a kind of device; None: it may stand at the top.
PARENT_KINDS: dict[str, tuple[str | None, ...]] = {
    "substation": (None, "substation", "feeder", "switch"),
    "feeder": ("substation",),
    "switch": ("feeder", "switch"),
    "transformer": ("substation", "feeder", "switch"),
}
KIND_WORDS: dict[str, tuple[str, ...]] = {
    "substation": ("Substation", "变电站", "开闭所", "station"),
    "feeder": ("Feeder", "馈线", "线路", "line"),
    "switch": ("Switch", "开关", "断路器", "breaker"),
    "transformer": ("Transformer", "变压器", "台区", "配变"),
}


COLUMNS = (
    Column("code", "Code", "编码", "text", True, ("Device code", "设备编码", "id")),
    Column("name", "Name", "名称", "text", True, ("Device name", "设备名称")),
    Column("kind", "Kind", "类型", "text", True, ("Device kind", "设备类型", "type")),
    Column("parent", "Fed from", "上级编码", aliases=("Parent code", "parent", "上级设备编码")),
    Column("points", "Supply point numbers", "户号", aliases=("Supply points", "points")),
    Column("latitude", "Latitude", "纬度", aliases=("lat",)),
    Column("longitude", "Longitude", "经度", aliases=("lon", "lng")),
    Column("area", "Area", "供电区域", aliases=("Area code", "区域编码")),
)


class Code(StrEnum):
    """What may be wrong with a cell or a row."""

    REQUIRED = "required"
    BAD_CODE = "bad_code"
    TOO_LONG = "too_long"
    UNKNOWN_KIND = "unknown_kind"
    DUPLICATE = "duplicate"
    EXISTS = "exists"
    UNKNOWN_PARENT = "unknown_parent"
    ORPHAN = "orphan"
    WRONG_PARENT_KIND = "wrong_parent_kind"
    CYCLE = "cycle"
    UNKNOWN_POINT = "unknown_point"
    POINT_TWICE = "point_twice"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_AREA = "unknown_area"
    FORMULA = TableCode.FORMULA
    UNKNOWN_COLUMN = TableCode.UNKNOWN_COLUMN
    REPEATED_COLUMN = TableCode.REPEATED_COLUMN
    TOO_MANY_CELLS = TableCode.TOO_MANY_CELLS


@dataclasses.dataclass(frozen=True)
class ExistingNode:
    id: int
    kind: str
    parent: str | None


@dataclasses.dataclass
class Existing:
    """What the database knows: devices by code, ids of supply points by number and of areas by
    normalised name or code."""

    nodes: dict[str, ExistingNode] = dataclasses.field(default_factory=dict)
    points: dict[str, int] = dataclasses.field(default_factory=dict)
    areas: dict[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Node:
    """A device to create (``id`` is None) or to update. ``given`` are the keys the file fills."""

    row: int
    id: int | None
    code: str
    name: str
    kind: str
    parent: str | None
    points: tuple[int, ...]
    given: frozenset[str]
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    area: int | None = None


@dataclasses.dataclass
class Result:
    nodes: list[Node]
    problems: list[Problem]
    row_count: int


# === READING === #


_READER = TableReader(COLUMNS, MAX_ROWS)


def read_table(content: bytes) -> Table:
    """Read CSV (UTF-8, UTF-16 or GB 18030) or XLSX.

    :raise FileError: when this is no table of devices
    """
    return _READER.read_table(content)


def split_points(cell: object) -> list[str]:
    """Return the numbers in a cell, apart by comma, semicolon, pipe or space.

    >>> split_points("100; 101 102")
    ['100', '101', '102']
    """
    return [part for part in re.split(r"[,;|，；、\s]+", to_text(cell)) if part]


def find_keys(table: Table) -> tuple[set[str], set[str]]:
    """Return the codes and the supply point numbers that the file names."""
    codes, points = set(), set()
    for _row, cells in table.rows:
        for key in ("code", "parent"):
            if is_filled(cells.get(key)):
                codes.add(to_text(cells[key]))
        if is_filled(cells.get("points")):
            points.update(split_points(cells["points"]))
    return codes, points


# === CHECKING === #


class _Check:
    """One pass over the rows, collecting every fault."""

    def __init__(self, table: Table, existing: Existing, update: bool):
        self.table = table
        self.existing = existing
        self.update = update
        self.problems = list(table.problems)
        self.faulty = {(problem.row, problem.column) for problem in table.problems}
        self.nodes: dict[str, Node] = {}
        self.point_rows: dict[str, int] = {}

    def run(self) -> Result:
        for row, cells in self.table.rows:
            self._read_row(row, cells)
        for node in self.nodes.values():
            self._check_parent(node)
        self._check_cycles()
        self.problems.sort(key=lambda problem: (problem.row, problem.column))
        nodes = self._sort_nodes() if not self.problems else []
        return Result(nodes, self.problems, len(self.table.rows))

    def _add(self, row: int, column: str, value: object, code: Code, detail: str = "") -> None:
        self.problems.append(Problem(row, column, str(value or "")[:200], code, detail))

    def _read_row(self, row: int, cells: dict[str, object]) -> None:
        given = frozenset(key for key, cell in cells.items() if is_filled(cell))
        for column in COLUMNS:
            missing = column.required and column.key not in given
            if missing and (row, column.key) not in self.faulty:
                self._add(row, column.key, "", Code.REQUIRED)
        code = self._read_text(row, cells, "code", given)
        name = self._read_text(row, cells, "name", given)
        parent = self._read_text(row, cells, "parent", given) or None
        kind = self._read_kind(row, cells, given)
        latitude = self._read_degrees(row, cells, "latitude", 90)
        longitude = self._read_degrees(row, cells, "longitude", 180)
        points = self._read_points(row, cells, given)
        area = self._read_area(row, cells, given)
        if not code:
            return
        if code in self.nodes:
            self._add(row, "code", code, Code.DUPLICATE, str(self.nodes[code].row))
            return
        known = self.existing.nodes.get(code)
        if known and not self.update:
            self._add(row, "code", code, Code.EXISTS)
        if known and "parent" not in cells:
            parent = known.parent
        self.nodes[code] = Node(
            row=row,
            id=known.id if known else None,
            code=code,
            name=name,
            kind=kind,
            parent=parent,
            points=points,
            given=given,
            latitude=latitude,
            longitude=longitude,
            area=area,
        )

    def _read_text(self, row: int, cells: dict, key: str, given: frozenset[str]) -> str:
        if key not in given:
            return ""
        try:
            return parse_text(cells[key]) if key == "name" else parse_code(cells[key])
        except CellError as error:
            long = error.code == CellCode.TOO_LONG
            self._add(row, key, cells[key], Code.TOO_LONG if long else Code.BAD_CODE, error.detail)
            return ""

    def _read_kind(self, row: int, cells: dict, given: frozenset[str]) -> str:
        if "kind" not in given:
            return ""
        wanted = normalise(cells["kind"])
        for kind, words in KIND_WORDS.items():
            if wanted in {normalise(kind), *map(normalise, words)}:
                return kind
        self._add(row, "kind", cells["kind"], Code.UNKNOWN_KIND)
        return ""

    def _read_degrees(self, row: int, cells: dict, key: str, limit: int) -> Decimal | None:
        if not is_filled(cells.get(key)):
            return None
        try:
            return parse_degrees(cells[key], limit)
        except CellError as error:
            out = error.code == CellCode.OUT_OF_RANGE
            code = Code.OUT_OF_RANGE if out else Code.NOT_A_NUMBER
            self._add(row, key, cells[key], code, str(limit))
            return None

    def _read_points(self, row: int, cells: dict, given: frozenset[str]) -> tuple[int, ...]:
        ids = []
        for number in split_points(cells["points"]) if "points" in given else ():
            if number in self.point_rows:
                self._add(row, "points", number, Code.POINT_TWICE, str(self.point_rows[number]))
            elif number not in self.existing.points:
                self._add(row, "points", number, Code.UNKNOWN_POINT)
            else:
                ids.append(self.existing.points[number])
            self.point_rows.setdefault(number, row)
        return tuple(ids)

    def _read_area(self, row: int, cells: dict, given: frozenset[str]) -> int | None:
        if "area" not in given:
            return None
        area = self.existing.areas.get(normalise(cells["area"]))
        if area is None:
            self._add(row, "area", cells["area"], Code.UNKNOWN_AREA)
        return area

    def _kind_of(self, code: str) -> str:
        node = self.nodes.get(code) or self.existing.nodes.get(code)
        return node.kind if node else ""

    def _check_parent(self, node: Node) -> None:
        if not node.kind:
            return
        allowed = PARENT_KINDS[node.kind]
        if not node.parent:
            if None not in allowed:
                self._add(node.row, "parent", "", Code.ORPHAN, ",".join(filter(None, allowed)))
        elif node.parent not in self.nodes and node.parent not in self.existing.nodes:
            self._add(node.row, "parent", node.parent, Code.UNKNOWN_PARENT)
        elif (kind := self._kind_of(node.parent)) and kind not in allowed:
            self._add(
                node.row,
                "parent",
                node.parent,
                Code.WRONG_PARENT_KIND,
                ",".join(filter(None, allowed)),
            )

    def _parent_of(self, code: str) -> str | None:
        if code in self.nodes:
            return self.nodes[code].parent
        known = self.existing.nodes.get(code)
        return known.parent if known else None

    def _check_cycles(self) -> None:
        """Name every cycle once, at each of its rows."""
        done: set[str] = set()
        for start in self.nodes:
            path: list[str] = []
            place: dict[str, int] = {}
            code: str | None = start
            while code and code not in done and code not in place:
                place[code] = len(path)
                path.append(code)
                code = self._parent_of(code)
            if code and code in place:
                ring = path[place[code] :]
                for member in ring:
                    if member in self.nodes:
                        node = self.nodes[member]
                        detail = " → ".join([*ring, ring[0]])
                        self._add(node.row, "parent", node.parent, Code.CYCLE, detail)
            done.update(path)

    def _sort_nodes(self) -> list[Node]:
        """Return the devices so that parents of the file stand before their children."""
        depths: dict[str, int] = {}

        def depth(code: str) -> int:
            path = []
            current: str | None = code
            while current in self.nodes and current not in depths:
                path.append(current)
                current = self.nodes[current].parent
            level = depths.get(current, -1) if current else -1
            for member in reversed(path):
                level += 1
                depths[member] = level
            return depths[code]

        return sorted(self.nodes.values(), key=lambda node: (depth(node.code), node.row))


def check(table: Table, existing: Existing, update: bool = True) -> Result:
    """Check all rows; without a problem the result lists what to create and change.

    :param update: devices that exist already are updated, otherwise they are refused
    """
    return _Check(table, existing, update).run()
