"""Same seed and day: equal bytes, in another run and in another process, for reads and for what is written."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from amzsql.clock import VirtualClock
from amzsql.simulator import Simulator

from .test_sweep import BEFORE_REMOVALS, Sweep

ROOT = Path(__file__).parents[2]


def digest(seed: int = 1) -> str:
    """Return a digest of every answer of a pass over all operations, in the order of their names."""
    clock = VirtualClock(BEFORE_REMOVALS)
    sweep = Sweep(Simulator(clock, seed=seed, orders=200, throttle="off"), clock)
    sweep.run()
    found = hashlib.sha256()
    for key in sorted(sweep.answers):
        answer = sweep.answers[key]
        found.update(f"{key} {answer.status_code} {sorted(answer.headers.items())}".encode() + answer.content)
    return found.hexdigest()


def test_two_runs_in_two_processes_answer_the_same_bytes() -> None:
    code = "from tests.simulator.test_determinism import digest; print(digest())"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT), "TZ": "Asia/Tokyo"}
    other = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=100
    )
    assert other.stdout.strip() == digest()


def test_another_seed_answers_otherwise() -> None:
    assert digest() != digest(seed=2)
