"""A plugin of pytest: passes over the tests that do not apply, and fails the run if it counts worse than before.

`counts.tsv` holds, for each version of SQLAlchemy, how many tests of each class passed and were skipped. Classes that
are run whole are held against it, all of them without `-k`. `--freeze` writes what is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from inapplicable import reason_of

from amzsql_dialect.requirements import Reason

COUNTS = Path(__file__).with_name("counts.tsv")
_SUFFIX = re.compile(r"_amzsql\+amzsql_[\d_]+$")
_REASON = re.compile(r"\[([A-Z_0-9]+)\]")


def _class_of(node: str) -> str:
    return _SUFFIX.sub("", node.split("::")[1])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--freeze", action="store_true", help="write counts.tsv")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        reason = reason_of(f"{_class_of(item.nodeid)}.{item.name}")
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason.told))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Tally(config), "tally")


class _Tally:
    """Counts the tests of a run by class, outcome and reason."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._passed: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._partial: set[str] = set()
        self._wrong: list[str] = []

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self._partial.update(_class_of(item.nodeid) for item in items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = _class_of(report.nodeid)
        if report.when == "call" and report.passed:
            self._passed[name] += 1
        elif report.skipped:
            self._skipped[name] += 1
            told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            known = [word for word in _REASON.findall(told) if word in Reason.__members__]
            self._reasons[known[0] if known else "none"] += 1
            if not known:
                self._wrong.append(f"{report.nodeid} is skipped without a reason: {told}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._config.getoption("--freeze") and session.testsfailed == 0 and not self._wrong:
            self._freeze()
        self._wrong += self._worse()
        if self._wrong and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _worse(self) -> list[str]:
        frozen = {row[1]: (int(row[2]), int(row[3])) for row in _rows() if row[0] == sa.__version__}
        if not frozen:
            return [f"counts.tsv has nothing of SQLAlchemy {sa.__version__}: see that all is well, and --freeze it."]
        found = []
        for name in sorted(frozen.keys() - self._partial):
            passed, skipped = frozen[name]
            if self._passed[name] < passed or self._skipped[name] > skipped:
                now = f"{self._passed[name]} passed, {self._skipped[name]} skipped"
                found.append(f"{name}: {now}; before {passed} passed, {skipped} skipped")
        return found

    def _freeze(self) -> None:
        names = sorted((self._passed.keys() | self._skipped.keys()) - self._partial)
        others = [row for row in _rows() if row[0] != sa.__version__ or row[1] not in names]
        rows = [[sa.__version__, n, str(self._passed[n]), str(self._skipped[n])] for n in names]
        text = "".join("\t".join(row) + "\n" for row in sorted(others + rows))
        COUNTS.write_text("sqlalchemy\tclass\tpassed\tskipped\n" + text)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section(f"SQLAlchemy {sa.__version__}")
        for name, count in self._reasons.most_common():
            told = Reason[name].value if name in Reason.__members__ else "without a reason"
            terminalreporter.line(f"{count:5} skipped: {name}, {told}")
        for line in self._wrong:
            terminalreporter.line(f"WORSE {line}", red=True)


def _rows() -> list[list[str]]:
    lines = COUNTS.read_text().splitlines()[1:] if COUNTS.exists() else []
    return [line.split("\t") for line in lines]
