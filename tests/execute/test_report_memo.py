"""Documents on the disk: whole or not there, private, bounded, never of persons; also where the process is killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from driving import real_simulator, served
from reporting import NOW, OCTOBER, ORDERS, US, Desk, desk

from amzsql.clock import VirtualClock, utc
from amzsql.errors import DataError, OperationalError
from amzsql.execute.report_book import DAY, DocumentRules
from amzsql.execute.report_memo import Memo, may_be_kept, retention
from amzsql.execute.report_order import Report
from amzsql.simulator import Fault
from amzsql.spapi.document_types import report_types
from amzsql.state import StateFolder
from amzsql.transport.download import Download

BRAZIL = "A2Q3Y263D00KWC"
KEEP = {"memo_days": 7.0}


def files(folder: Path) -> list[Path]:
    return sorted((folder / "documents").glob("*")) if (folder / "documents").is_dir() else []


def kept(d: Desk, **rules: Any) -> tuple[Report, bytes]:
    with d.clock.actor():
        report = d.reports(**{**KEEP, **rules}).obtain(OCTOBER)
        assert report is not None
        return report, d.read(report, **{**KEEP, **rules})


def later(d: Desk, seconds: float) -> None:
    d.clock.wait(d.clock.now() + seconds)


# -- what is kept ----------------------------------------------------------------------------------------------------


def test_without_the_property_nothing_is_written(tmp_path: Path) -> None:
    d = desk(folder=tmp_path)
    kept(d, memo_days=0.0)
    assert files(tmp_path) == []


def test_in_memory_there_is_none() -> None:
    d = desk()
    _, body = kept(d)
    assert kept(d)[1] == body
    assert d.downloads() == 2


def test_the_same_question_days_later_costs_nothing_at_all(tmp_path: Path) -> None:
    d = desk(folder=tmp_path)
    report, body = kept(d)
    before, downloads = d.asked(), d.downloads()
    later(d, 6 * DAY)
    d.stats.as_of = None
    assert kept(d) == (report, body)
    assert d.stats.as_of == report.created.timestamp()
    assert (d.asked(), d.downloads()) == (before, downloads)


def test_a_new_process_finds_it(tmp_path: Path) -> None:
    d = desk(folder=tmp_path)
    report, body = kept(d)
    other = desk(folder=tmp_path)
    assert kept(other) == (report, body)
    assert other.asked() == []


def test_files_are_private(tmp_path: Path) -> None:
    kept(desk(folder=tmp_path))
    (file,) = files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert ORDERS not in file.name


def test_another_account_does_not_see_it(tmp_path: Path) -> None:
    d = desk(folder=tmp_path)
    report, _ = kept(d)
    book = type(d.book)(StateFolder(tmp_path), d.clock, "another")
    other = replace(d, book=book)
    with d.clock.actor():
        other.read(report, **KEEP)
    assert d.downloads() == 2


def test_media_type_and_compression_are_kept_too(tmp_path: Path) -> None:
    d = desk(folder=tmp_path)
    report, _ = kept(d)
    with d.clock.actor(), d.reports(**KEEP).open(report) as again:
        assert again.media_type == "text/plain;charset=windows-1252"
        assert again.compression == ""
    assert d.downloads() == 1


@pytest.mark.parametrize("stop", ["early", "error"])
def test_what_was_not_read_to_its_end_or_was_wrong_is_not_kept(tmp_path: Path, stop: str) -> None:
    d = desk(folder=tmp_path)

    def read(report: Report) -> None:
        with d.reports(**KEEP).open(report) as found:
            if stop == "early":
                return
            b"".join(found.pieces)
            raise DataError("the decoder's")

    with d.clock.actor():
        report = d.reports(**KEEP).obtain(OCTOBER)
        assert report is not None
        with suppress(DataError):
            read(report)
    assert files(tmp_path) == []
    assert kept(d)[1]
    assert len(files(tmp_path)) == 1


def test_what_is_cut_off_is_not_kept(tmp_path: Path) -> None:
    d = desk(Fault("documents.get", "cut", times=0), folder=tmp_path)
    with pytest.raises(OperationalError, match="cut off"):
        kept(d)
    assert files(tmp_path) == []


# -- what is not -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report_type", "kept"),
    [
        (ORDERS, True),
        ("GET_MERCHANT_LISTINGS_ALL_DATA", True),
        ("GET_SALES_AND_TRAFFIC_REPORT", True),
        ("GET_VENDOR_SALES_REPORT", True),
        ("GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2", True),
        ("GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING", False),
        ("GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL", False),
        ("GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", False),
        ("GET_SELLER_FEEDBACK_DATA", False),
        ("END_USER_DATA_REPORT", False),
        ("GET_FLAT_FILE_PENDING_ORDERS_DATA", False),
        ("GET_SOMETHING_NEW", False),
    ],
)
def test_types_that_may_hold_personal_data_are_never_kept(report_type: str, kept: bool) -> None:
    assert may_be_kept(report_type, (US,)) is kept


def test_none_that_is_restricted_or_unknown_is_kept() -> None:
    assert not [t.name for t in report_types().values() if t.restricted and may_be_kept(t.name, (US,))]


def test_orders_in_brazil_hold_a_tax_number() -> None:
    assert not may_be_kept(ORDERS, (US, BRAZIL))


def test_orders_are_kept_for_a_month_at_most() -> None:
    assert retention(ORDERS) == 30 * DAY
    assert retention("GET_MERCHANT_LISTINGS_ALL_DATA") == 90 * DAY


# -- the files of a memo ---------------------------------------------------------------------------------------------


def memo(folder: Path, clock: VirtualClock, *, days: float = 7.0, size: int = 1 << 20) -> Memo:
    return Memo(StateFolder(folder), DocumentRules(memo_days=days, memo_bytes=size), clock)


def keep(kept: Memo, key: str, body: bytes, *, report_type: str = ORDERS, at: float = NOW) -> None:
    pieces: Iterator[bytes] = (body[n : n + 100] for n in range(0, len(body), 100))
    with kept.keeping(key, Download("text/plain", "", pieces), report_type, utc(at)) as found:
        assert b"".join(found.pieces) == body


def content(kept: Memo, key: str) -> bytes | None:
    with kept.open(key) as found:
        return None if found is None else b"".join(found.pieces)


def test_what_has_expired_is_removed(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    store = memo(tmp_path, clock)
    keep(store, "a", b"old")
    clock.wait(NOW + 7 * DAY - 1)
    assert content(store, "a") == b"old"
    clock.wait(NOW + 7 * DAY + 1)
    assert content(store, "a") is None
    keep(store, "b", b"new", at=clock.now())
    assert len(files(tmp_path)) == 1
    clock.wait(clock.now() + 8 * DAY)
    memo(tmp_path, clock, days=0.0).sweep()
    assert files(tmp_path) == []


def test_it_is_not_kept_beyond_what_its_type_allows(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    store = memo(tmp_path, clock, days=90.0)
    keep(store, "a", b"orders", at=NOW - 20 * DAY)
    keep(store, "b", b"orders", at=NOW - 31 * DAY)
    assert (content(store, "a"), content(store, "b")) == (b"orders", None)
    clock.wait(NOW + 11 * DAY)
    assert content(store, "a") is None


def test_the_oldest_give_way(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    store = memo(tmp_path, clock, size=4000)
    for number, key in enumerate("abcd"):
        keep(store, key, bytes(500))
        newest = max(files(tmp_path), key=lambda f: f.stat().st_mtime_ns)
        os.utime(newest, (NOW + number, NOW + number))
        store.sweep()
    assert [content(store, key) is not None for key in "abcd"] == [False, False, True, True]
    assert sum(f.stat().st_size for f in files(tmp_path)) <= 4000


def test_what_is_larger_than_all_is_given_and_not_kept(tmp_path: Path) -> None:
    store = memo(tmp_path, VirtualClock(NOW), size=4000)
    keep(store, "a", bytes(5000))
    assert files(tmp_path) == []


@pytest.mark.parametrize("damage", ["cut", "longer", "garbled", "open", "link"])
def test_a_file_that_is_not_as_it_was_written_is_not_read(tmp_path: Path, damage: str) -> None:
    store = memo(tmp_path, VirtualClock(NOW))
    keep(store, "a", bytes(5000))
    (file,) = files(tmp_path)
    body = file.read_bytes()
    if damage == "open":
        file.chmod(0o644)
    elif damage == "link":
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    else:
        file.write_bytes({"cut": body[:-1], "longer": body + b"x", "garbled": b"{" + body[1:500]}[damage])
    assert content(store, "a") is None
    if damage != "open":
        with suppress(OSError):
            file.unlink()
        keep(store, "a", bytes(5000))
        assert content(store, "a") == bytes(5000)


def test_a_folder_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "documents").write_text("in the way")
    d = desk(folder=tmp_path)
    assert kept(d)[1].startswith(b"amazon-order-id")


# -- killed ----------------------------------------------------------------------------------------------------------

_WRITER = """
import sys, time
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_report_memo import NOW, ORDERS, Download, VirtualClock, memo, utc
def pieces():
    for n in range(10):
        yield bytes(100_000)
        if n == 5:
            print("half", flush=True)
            time.sleep(60)
with memo(Path(sys.argv[1]), VirtualClock(NOW)).keeping("a", Download("", "", pieces()), ORDERS, utc(NOW)) as found:
    b"".join(found.pieces)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_killed_while_it_writes_there_is_no_half_document(tmp_path: Path) -> None:
    here = Path(__file__).parent
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path), str(here), str(here.parent)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=here.parents[1],
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "half\n"
    (half,) = files(tmp_path)
    store = memo(tmp_path, VirtualClock(NOW))
    keep(store, "b", b"another")
    # While it is being written it is nobody's to remove.
    assert half.exists()
    writer.kill()
    writer.wait()
    writer.stdout.close()
    assert content(store, "a") is None
    keep(store, "a", b"whole")
    assert content(store, "a") == b"whole"
    assert not half.exists()
    assert len(files(tmp_path)) == 2


_ORDERER = """
import sys
sys.path[:0] = sys.argv[3:]
from pathlib import Path
from reporting import OCTOBER, over_socket
print(over_socket(sys.argv[1], Path(sys.argv[2])).begun(OCTOBER), flush=True)
"""


def test_processes_that_share_the_folder_order_a_report_once(tmp_path: Path) -> None:
    simulator = real_simulator(orders=20)
    here = Path(__file__).parent
    with served(simulator) as url:
        command = [sys.executable, "-c", _ORDERER, url, str(tmp_path), str(here.parent)]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=here.parents[1]) for _ in range(3)]
        said = [process.communicate(timeout=60)[0].strip() for process in started]
    assert len(set(said)) == 1
    assert said[0].isdecimal()
    assert sum(r.operation.endswith("createReport") for r in simulator.log) == 1
