"""Draw the README's picture: `python docs/picture.py` runs part of the demo and writes docs/images/demo.svg."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from amzsql.cli import demo

PICTURE = Path(__file__).parent / "images" / "demo.svg"


def main() -> None:
    """Run the pictured questions on a console that nobody sees, and save what it shows."""
    console = Console(record=True, file=io.StringIO(), force_terminal=True, width=demo.WIDTH, highlight=False)
    demo.run(console, demo.PICTURED)
    saved(console, "amzsql demo", PICTURE)


def saved(console: Console, title: str, file: Path) -> None:
    """Save what a recording console has shown."""
    svg = console.export_svg(title=title)
    # The reader's own fonts do: a picture must not load anything.
    plain = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(line.rstrip() for line in plain.splitlines()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
