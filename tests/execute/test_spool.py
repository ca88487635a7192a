"""The spool: in memory, in its file, read by several at once."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from amzsql.execute.spool import Spool


def batch(number: int, rows: int = 100) -> pa.RecordBatch:
    return pa.record_batch({"n": list(range(number, number + rows)), "s": [str(number)] * rows})


@pytest.mark.parametrize(("limit", "spilled"), [(10**9, False), (0, True), (batch(0).nbytes * 2, True)])
def test_batches_come_back_in_order(tmp_path: Path, limit: int, spilled: bool) -> None:
    spool = Spool(limit, str(tmp_path))
    for number in range(5):
        assert spool.batch(number) is None
        spool.append(batch(number))
    assert [b.column(0)[0].as_py() for b in spool] == list(range(5)) == [b.column(0)[0].as_py() for b in spool]
    assert spool.batch(3) == batch(3)
    assert (spool.spilled, len(spool), bool(list(tmp_path.iterdir()))) == (spilled, 5, spilled)


def test_order_is_kept_when_a_small_batch_follows_a_large_one(tmp_path: Path) -> None:
    spool = Spool(5000, str(tmp_path))
    for number, rows in enumerate((10, 5000, 1)):
        spool.append(batch(number, rows))
    assert [b.num_rows for b in spool] == [10, 5000, 1]


def test_a_slice_is_written_as_its_own_rows_only(tmp_path: Path) -> None:
    spool = Spool(0, str(tmp_path))
    spool.append(batch(0, 100_000).slice(7, 3))
    assert spool.batch(0).column(0).to_pylist() == [7, 8, 9]
    assert sum(f.stat().st_size for f in tmp_path.iterdir()) < 10_000


def test_the_file_is_private_and_goes_with_the_spool(tmp_path: Path) -> None:
    spool = Spool(0, str(tmp_path))
    spool.append(batch(0))
    assert next(tmp_path.iterdir()).stat().st_mode & 0o077 == 0
    spool.close()
    spool.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="closed"):
        spool.batch(0)
    with pytest.raises(ValueError, match="closed"):
        spool.append(batch(0))
    dropped = Spool(0, str(tmp_path))
    dropped.append(batch(0))
    del dropped
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_readers_run_beside_the_writer(tmp_path: Path) -> None:
    spool, count = Spool(batch(0).nbytes * 10, str(tmp_path)), 200
    more = threading.Condition()
    seen: list[list[int]] = [[], [], []]

    def reader(mine: list[int]) -> None:
        while len(mine) < count:
            with more:
                more.wait_for(lambda: len(spool) > len(mine))
            found = spool.batch(len(mine))
            assert found is not None
            mine.append(found.column(0)[0].as_py())

    threads = [threading.Thread(target=reader, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    for number in range(count):
        with more:
            spool.append(batch(number))
            more.notify_all()
    for thread in threads:
        thread.join(30)
    assert seen == [list(range(count))] * 3
