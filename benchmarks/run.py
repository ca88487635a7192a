"""Every benchmark, as one page of markdown; what it did not compare goes to stderr.

    python -m benchmarks.run [--orders N] [--no-naive]

The defaults take some three minutes; a scan of a million orders alone takes about twenty.
"""

from __future__ import annotations

import argparse

from benchmarks import calls, dashboard, decode, frames, groups, overhead, reports, serving, streaming, writes


def decoding() -> list[str]:
    """Return the figures of decoding as a markdown table."""
    lines = ["| page | limit | measured | single runs |", "|---|---|---|---|"]
    return lines + [f"| {name} | {limit} × | {a:.2f} × | {b:.2f} × |" for name, a, b, limit in decode.measure()]


def main() -> None:
    """Print every table under its heading."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measure every figure.")
    parser.add_argument("--orders", type=int, default=20_000, help="how many orders the scan reads (default: 20000)")
    parser.add_argument("--no-naive", action="store_true", help="leave out python-amazon-sp-api, the slow part")
    options = parser.parse_args()
    parts = (
        ("A statement without network", lambda: overhead.table(overhead.measure())),
        ("JSON to record batch, against orjson.loads", decoding),
        (f"Scan of {options.orders:,} orders", lambda: streaming.table(streaming.measure(options.orders))),
        ("Documents of reports", lambda: reports.table(reports.measure(1_000_000, 300, 3))),
        ("Rows and data frames", lambda: frames.table(frames.measure())),
        ("A group of 12 accounts", lambda: groups.table(groups.measure(12))),
        ("Prices of 10,000 listings", lambda: writes.table(writes.measure())),
        ("A dashboard of eight tiles", lambda: dashboard.table(dashboard.measure(2000))),
        ("The simulator in process, a million orders", lambda: serving.table(1_000_000, 300)),
        ("Calls and seconds per question", lambda: calls.table(calls.measure([], naive=not options.no_naive))),
    )
    for title, lines in parts:
        print(f"## {title}\n\n" + "\n".join(lines()) + "\n", flush=True)


if __name__ == "__main__":
    main()
