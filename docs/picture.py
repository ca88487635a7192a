"""Draw the README's picture: `python docs/picture.py` runs part of the demo and writes docs/images/demo.svg."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from amzsql.cli import demo

PICTURE = Path(__file__).parent / "images" / "demo.svg"


def main() -> None:
    """Run the pictured questions on a console that nobody sees, and save what it shows."""
    console = Console(record=True, file=io.StringIO(), force_terminal=True, width=demo.WIDTH, highlight=False)
    demo.run(console, demo.PICTURED)
    PICTURE.parent.mkdir(exist_ok=True)
    console.save_svg(str(PICTURE), title="amzsql demo")


if __name__ == "__main__":
    main()
