"""Draw the hosts of consent pages from a table of them: marketplace, Seller Central's host, Vendor Central's, doubt.

Run as ``python -m amzsql.spapi.harvest_consent FILE``, a table with the columns marketplaceId, sellerHost, vendorHost
and source, in which a source that is alone, or that others contradict, is told so. Must not know how facts are read.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

FACTS = Path(__file__).parent / "consent_hosts.tsv"
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def harvest(table: str) -> str:
    """Return the facts: a marketplace a line, in the order of ids. ValueError for what is no host."""
    lines = ["marketplace\tseller\tvendor\tdoubt"]
    rows = csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE)
    for row in sorted(rows, key=lambda r: r["marketplaceId"]):
        hosts = row["sellerHost"], row["vendorHost"]
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{row['marketplaceId']}: {host!r} is no host")
        lines.append("\t".join((row["marketplaceId"], *hosts, _doubt(row["source"]))))
    return "\n".join(lines) + "\n"


def _doubt(source: str) -> str:
    """Return which of the hosts the sources do not agree on, or which nobody but a third party names."""
    found = [kind for kind in ("seller", "vendor") if f"{kind} DIFFER" in source or f"{kind} host unverified" in source]
    return " ".join(found)


if __name__ == "__main__":
    FACTS.write_text(harvest(Path(sys.argv[1]).read_text(encoding="utf-8")), encoding="utf-8")
