"""The log is a test: a WARNING or an ERROR that nobody allowed fails the run."""

import re
from pathlib import Path

from . import paths

BAD = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (WARNING|ERROR|CRITICAL) ")
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


def allowed() -> list[re.Pattern]:
    """Patterns of `config/log_allow.txt`: `pattern # reason`, both required.

    :raise ValueError: a line gives no reason.
    """
    patterns = []
    for line in (paths.CONFIG / "log_allow.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern, found, reason = line.partition(" # ")
        if not found or not reason.strip():
            raise ValueError(f"config/log_allow.txt: no reason after {pattern!r}")
        patterns.append(re.compile(pattern.strip()))
    return patterns


def unlisted(log: Path) -> list[str]:
    """The WARNING and ERROR lines of a log that no pattern allows."""
    patterns = allowed()
    return [
        line
        for line in log.read_text(errors="replace").splitlines()
        if BAD.match(line) and not any(pattern.search(line) for pattern in patterns)
    ]


def counts(log: Path) -> tuple[int, int]:
    """(tests run, tests failed) by Odoo's closing line; (0, 0) where it has none."""
    found = RESULT.findall(log.read_text(errors="replace"))
    if not found:
        return (0, 0)
    failed, errors, total = map(int, found[-1])
    return (total, failed + errors)
