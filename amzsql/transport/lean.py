"""Imports httpx without its command line, which costs as much time as the rest of it.

httpx takes the command line for absent, as where its extra is not installed. Comes before any module that uses httpx.
"""

from __future__ import annotations

import sys

_CLI = "httpx._main"

if "httpx" not in sys.modules:
    sys.modules[_CLI] = None  # type: ignore[assignment]
    try:
        import httpx  # noqa: F401
    finally:
        del sys.modules[_CLI]
