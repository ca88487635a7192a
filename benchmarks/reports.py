"""Documents of reports over loopback: time against Arrow reading the plain file, memory, and what LIMIT downloads.

    python -m benchmarks.reports [--rows N] [--megabytes N] [--runs N]

A server in another process sends a gzip file of 33 columns and a JSON document; each reader runs in a process of its
own and drops the batches. The limit is 1.3 times what `pyarrow.csv.open_csv` takes with the same types on the plain
local file, and 150 MB above start; of JSON 200 MB. Readers take turns; told is the least time of the runs and the most
memory.
Arrow alone keeps one core busy; unpacking goes beside it, so that the figure needs two that are free.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amzsql.types import BIGINT, BOOLEAN, JSON, MONEY, TIMESTAMP, VARCHAR, SqlType
from benchmarks.streaming import Peak

TEXTS = (
    "order-status fulfillment-channel sales-channel order-channel url ship-service-level product-name sku asin"
    " item-status currency ship-city ship-state ship-postal-code ship-country promotion-ids purchase-order-number"
    " price-designation"
)
MONEYS = (
    "item-price item-tax shipping-price shipping-tax gift-wrap-price gift-wrap-tax item-promotion-discount"
    " ship-promotion-discount"
)
COLUMNS: dict[str, SqlType] = {
    **dict.fromkeys(("amazon-order-id", "merchant-order-id"), VARCHAR),
    **dict.fromkeys(("purchase-date", "last-updated-date"), TIMESTAMP),
    **dict.fromkeys(TEXTS.split(), VARCHAR),
    "quantity": BIGINT,
    **dict.fromkeys(MONEYS.split(), MONEY),
    **dict.fromkeys(("is-business-order", "signature-confirmation-recommended"), BOOLEAN),
}
TERMS: dict[str, SqlType] = {
    "departmentName": VARCHAR, "searchTerm": VARCHAR, "searchFrequencyRank": BIGINT, "clickedAsin": VARCHAR,
    "clickedItemName": VARCHAR, "clickShareRank": BIGINT, "price.amount": MONEY, "price.currency": VARCHAR,
    "labels": JSON,
}  # fmt: skip
PIECE = 1 << 16
Told = dict[str, Any]
"""What a reader tells: rows, seconds, peak (MB above start), first and read (bytes before the first batch, and all)."""


# -- what is read ------------------------------------------------------------------------------------------------------


def lines(rows: int) -> Iterator[str]:
    """Yield a report of orders, quotes inside its titles."""
    chance = random.Random(1)
    titles = [f'Café maker {n}, 5" pipe {"x" * chance.randrange(10, 60)}' for n in range(3000)]
    yield "\t".join(COLUMNS) + "\n"
    for number in range(rows):
        at = f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 28):02}T{chance.randrange(24):02}:30:15+00:00"
        sku, cents = chance.randrange(3000), chance.randrange(500, 20_000)
        values = {
            "amazon-order-id": f"{chance.randrange(100, 999)}-{number:07}-{chance.randrange(10**6, 10**7)}",
            "merchant-order-id": str(number), "purchase-date": at, "last-updated-date": at, "order-status": "Shipped",
            "fulfillment-channel": "Amazon", "sales-channel": "Amazon.com", "ship-service-level": "Expedited",
            "product-name": titles[sku], "sku": f"SKU-{sku}", "asin": f"B{sku:09}", "item-status": "Shipped",
            "currency": "USD", "ship-city": "São Paulo", "ship-state": "WA", "ship-postal-code": f"{sku:05}",
            "ship-country": "US", "quantity": str(1 + sku % 3), "item-price": f"{cents / 100:.2f}",
            "item-tax": f"{cents / 1000:.2f}", "shipping-price": "0.00", "item-promotion-discount": "0.00",
            "is-business-order": "false", "signature-confirmation-recommended": "false",
        }  # fmt: skip
        yield "\t".join(values.get(name, "") for name in COLUMNS) + "\n"


def terms(size: int) -> Iterator[str]:
    """Yield a JSON report of at least so many bytes."""
    yield '{"reportSpecification":{"reportType":"T","marketplaceIds":["A"]},"dataByDepartmentAndSearchTerm":['
    written = number = 0
    while written < size:
        row = {
            "departmentName": "Amazon.com", "searchTerm": f"[{number}] of \"signs\"", "searchFrequencyRank": number,
            "clickedAsin": f"B{number:09}", "clickedItemName": f"Kaffeemühle Nº {number}" + " x" * (number % 40),
            "clickShareRank": 1 + number % 3, "price": {"amount": number % 10_000 / 100, "currency": "USD"},
            "labels": ["a", {"b": number}],
        }  # fmt: skip
        text = ("," if number else "") + json.dumps(row, ensure_ascii=False)
        written, number = written + len(text.encode()), number + 1
        yield text
    yield "]}"


def make(folder: Path, rows: int, megabytes: int) -> None:
    """Write the documents, plain and packed."""
    for name, parts in (("orders.tsv", lines(rows)), ("terms.json", terms(megabytes * 1_000_000))):
        plain = folder / name
        with plain.open("w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
        with plain.open("rb") as source, gzip.open(folder / f"{name}.gz", "wb", 6) as packed:
            shutil.copyfileobj(source, packed, 1 << 20)


# -- who sends it ------------------------------------------------------------------------------------------------------


def serve(folder: Path) -> None:
    """Send to each client the file that it names in a line, and close; tell the port first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            client, _ = server.accept()
            with (
                client,
                client.makefile("rb") as asked,
                (folder / asked.readline().decode().strip()).open("rb") as file,
            ):
                try:
                    client.sendfile(file)
                except OSError:
                    continue  # a reader may leave early


class Pieces:
    """A document's bytes from the server, counted."""

    def __init__(self, port: int, name: str) -> None:
        self.read = 0
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(f"{name}\n".encode())

    def __iter__(self) -> Iterator[bytes]:
        """Yield them as they come."""
        while piece := self._socket.recv(PIECE):
            self.read += len(piece)
            yield piece


# -- who reads it ------------------------------------------------------------------------------------------------------


def read(kind: str, folder: Path, port: int, most: int | None = None) -> Told:
    """Read a document to its end, or so many rows of it, and tell what it took."""
    from amzsql.execute import documents
    from amzsql.execute.documents import Expected, Wanted
    from amzsql.transport.download import Download

    if kind == "arrow":
        return read_arrow(folder)
    columns, form, array = (COLUMNS, "TSV", "") if kind == "tsv" else (TERMS, "JSON", "dataByDepartmentAndSearchTerm[]")
    wanted = tuple(Wanted(name, name, type_) for name, type_ in columns.items())
    expected = Expected("REPORT", form, wanted, array, "US", tuple(columns))
    name = "orders.tsv.gz" if kind == "tsv" else "terms.json.gz"
    peak, start, pieces = Peak(), time.perf_counter(), Pieces(port, name)
    rows = first = 0
    reader = documents.read(Download("text/plain; charset=utf-8", "GZIP", iter(pieces)), expected)
    for batch in reader:
        first = first or pieces.read
        rows += batch.num_rows
        if most is not None and rows >= most:
            break
    reader.close()
    return {
        "rows": rows, "seconds": time.perf_counter() - start, "peak": peak.above(), "first": first, "read": pieces.read,
        "size": (folder / name).stat().st_size,
    }  # fmt: skip


def read_arrow(folder: Path) -> Told:
    """Read the plain local file by Arrow alone, to the same types."""
    from pyarrow import csv

    peak, start = Peak(), time.perf_counter()
    kinds = {name: type_.arrow for name, type_ in COLUMNS.items()}
    convert = csv.ConvertOptions(column_types=kinds, null_values=[""], strings_can_be_null=True)
    parse = csv.ParseOptions(delimiter="\t", quote_char=False)
    with csv.open_csv(folder / "orders.tsv", parse_options=parse, convert_options=convert) as reader:
        rows = sum(batch.num_rows for batch in reader)
    return {"rows": rows, "seconds": time.perf_counter() - start, "peak": peak.above()}


def child(*arguments: object) -> Told:
    """Run a reader in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.reports", *map(str, arguments)]
    told: Told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told


def measure(rows: int, megabytes: int, runs: int) -> dict[str, Told]:
    """Return what each reader told; least seconds, most memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, rows, megabytes)
        command = [sys.executable, "-m", "benchmarks.reports", "serve", name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None  # it is a pipe
            port = int(server.stdout.readline())
            try:
                told = [{"arrow": child("arrow", name, port), "tsv": child("tsv", name, port)} for _ in range(runs)]
                found = {kind: _best([one[kind] for one in told]) for kind in ("arrow", "tsv")}
                found["json"] = child("json", name, port)
                found["limit"] = child("tsv", name, port, 10)
            finally:
                server.kill()
    return found


def _best(told: list[Told]) -> Told:
    fastest = min(told, key=lambda one: one["seconds"])
    return fastest | {"peak": max(one["peak"] for one in told)}


def table(found: dict[str, Told]) -> list[str]:
    """Return the figures as a markdown table."""
    arrow, tsv, json_, limit = (found[name] for name in ("arrow", "tsv", "json", "limit"))
    flat, nested = f"{tsv['rows']:,} rows × {len(COLUMNS)} columns, TSV, gzip", f"{json_['rows']:,} rows, JSON, gzip"
    ratio = f"{tsv['seconds'] / arrow['seconds']:.2f} × ({tsv['seconds']:.2f} s)"
    figures = (
        (flat, "seconds against Arrow and the plain file", "1.3 ×", ratio),
        ("", "memory above start", "150 MB", f"{tsv['peak']:.0f} MB"),
        ("", "downloaded before the first batch", "10 %", f"{tsv['first'] / tsv['size']:.1%}"),
        ("", "downloaded for 10 rows", "", f"{limit['read'] / 1000:,.0f} kB"),
        (nested, "memory above start", "200 MB", f"{json_['peak']:.0f} MB"),
        ("", "rows a second", "", f"{json_['rows'] / json_['seconds']:,.0f}"),
    )
    return ["| document | figure | limit | measured |", "|---|---|---|---|"] + [f"| {' | '.join(f)} |" for f in figures]


def main() -> None:
    """Print the table; a first argument is for the processes that this one starts."""
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        kind, folder, *rest = sys.argv[1:]
        if kind == "serve":
            serve(Path(folder))
        print(json.dumps(read(kind, Path(folder), *map(int, rest))))
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports", description="Measure reading of documents.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the flat file (default: 1000000)")
    parser.add_argument("--megabytes", type=int, default=300, help="size of the JSON document (default: 300)")
    parser.add_argument("--runs", type=int, default=3, help="how often each reads the flat file (default: 3)")
    options = parser.parse_args()
    print("\n".join(table(measure(options.rows, options.megabytes, options.runs))))


if __name__ == "__main__":
    main()
