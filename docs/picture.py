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
    svg = console.export_svg(title="amzsql demo")
    # The reader's own fonts do: a picture must not load anything.
    plain = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text("\n".join(line.rstrip() for line in plain.splitlines()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
