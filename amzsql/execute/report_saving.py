"""A report by its id, and its document as a file: what DownloadReport does beside reading rows.

Owns where a file may be written: in the folder that a property names, under a plain name, never over another file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from amzsql.errors import OperationalError, ProgrammingError
from amzsql.execute.context import Context
from amzsql.execute.documents.unpack import unpacked
from amzsql.execute.report_calls import CANCELLED, FATAL, Calls, Listed
from amzsql.execute.report_life import Reports
from amzsql.execute.report_order import Report

# No separator, no drive, nothing hidden: a name and at most its endings.
_NAME = re.compile(r"[\w(][\w ()+.-]{0,199}", re.ASCII)


def report_of(report_id: str, context: Context) -> Report | Listed:
    """Return a report that is done, or one that Amazon cancelled because there is no data.

    Raises:
        OperationalError: it is still being made, or failed.
    """
    done = Reports(context).named(report_id)
    if done is not None:
        return done
    found = Calls(context).get(report_id)
    if found.state == CANCELLED:
        context.warn(f"Report {report_id} was cancelled: there is no data, or somebody cancelled it.")
        return found
    if found.state == FATAL:
        raise OperationalError(f"Report {report_id} ({found.type}) could not be made (FATAL).")
    raise OperationalError(
        f"Report {report_id} ({found.type}) is still being made ({found.state}): ask again later, or read"
        f" REPORT_{found.type}, which waits."
    )


def place_of(folder: str, name: str) -> Path:
    """Return where a file may be written.

    Raises:
        ProgrammingError: no folder was named, the name is more than a name, or the file is there.
    """
    if not folder:
        raise ProgrammingError("SaveAs: files are written only into the folder that the property DownloadFolder names.")
    if not _NAME.fullmatch(name) or ".." in name:
        raise ProgrammingError("SaveAs takes the plain name of a file, such as orders.tsv, without a folder.")
    place = Path(folder) / name
    if not place.parent.is_dir():
        raise ProgrammingError(f"DownloadFolder: there is no folder {folder}.")
    if place.exists():
        raise ProgrammingError(f"SaveAs: {name} is there already, and is not written over.")
    return place


def save(report: Report, place: Path, context: Context) -> int:
    """Write a report's document, unpacked, and return its bytes; the file is whole or not there."""
    part = place.with_name(f"{place.name}.{os.getpid()}.part")
    size = 0
    try:
        with Reports(context).open(report) as download, part.open("xb") as file:
            for piece in unpacked(download, report.type):
                size += file.write(piece)
        os.link(part, place)  # unlike a rename, this writes over nothing
    except FileExistsError:
        raise ProgrammingError(f"SaveAs: {place.name} is there already, and is not written over.") from None
    finally:
        part.unlink(missing_ok=True)
    return size
