"""The benchmark questions are asked here too: `benchmarks` stands beside `tests`."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)
