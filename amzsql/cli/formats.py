"""The formats that rows are written in, and which of them is meant; light, as the options are declared by them."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path

from amzsql.errors import ProgrammingError


class Format(StrEnum):
    """How rows are written."""

    table = "table"
    csv = "csv"
    json = "json"
    jsonl = "jsonl"
    parquet = "parquet"
    arrow = "arrow"


SUFFIXES = {".csv": Format.csv, ".json": Format.json, ".jsonl": Format.jsonl, ".ndjson": Format.jsonl,
            ".parquet": Format.parquet, ".pq": Format.parquet, ".arrow": Format.arrow, ".arrows": Format.arrow,
            ".txt": Format.table}  # fmt: skip


def chosen(wanted: Format | None, output: Path | None) -> Format:
    """Return the format: the one asked for, else by the file's suffix, else a table on a terminal and CSV in a pipe.

    Raises:
        ProgrammingError: the suffix says nothing, or a binary format would go to a terminal.
    """
    terminal = output is None and sys.stdout.isatty()
    if wanted is None and output is not None:
        found = SUFFIXES.get(output.suffix.lower())
        if found is None:
            known = ", ".join(Format)
            raise ProgrammingError(f"--output {output}: the suffix names no format; give --format ({known})")
        return found
    if wanted in (Format.parquet, Format.arrow) and terminal:
        raise ProgrammingError(f"--format {wanted} is not for a terminal: give --output FILE")
    return wanted or (Format.table if terminal else Format.csv)
