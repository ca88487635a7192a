"""Draw what the example of a page prints: `python docs/tool_pictures.py docs/tools/automap.md` writes its SVG.

The page's example needs its tool; the picture is docs/images/tools/ with the page's name.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from pathlib import Path

from picture import saved
from rich.console import Console

EXAMPLE = re.compile(r"<!-- runs.*? -->\n```python\n(.*?)```", re.DOTALL)
WIDTH = 110


def main() -> None:
    """Run the first example of each page that is named, and save what it prints."""
    for name in sys.argv[1:]:
        page = Path(name)
        found = EXAMPLE.search(page.read_text("utf-8"))
        if found is None:
            raise SystemExit(f"{page} has no example that runs.")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(found[1], name, "exec"), {})
        console = Console(record=True, file=io.StringIO(), force_terminal=True, width=WIDTH, highlight=False)
        console.print(printed.getvalue().rstrip(), markup=False)
        saved(console, page.stem, Path(__file__).parent / "images" / "tools" / f"{page.stem}.svg")


if __name__ == "__main__":
    main()
