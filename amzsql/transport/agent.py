"""The user-agent header by Amazon's rule: ``AppId/Version (Language=…; Platform=…)``, at most 500 characters."""

from __future__ import annotations

import platform
import re

LONGEST = 500


def user_agent(app_id: str = "", version: str | None = None) -> str:
    """Return the header, such as ``amzsql/0.1.0 (Language=Python/3.11; Platform=Linux)``, after the user's AppId."""
    major, minor, _ = platform.python_version_tuple()
    attributes = {"Language": f"Python/{major}.{minor}", "Platform": platform.system() or "unknown"}
    inside = "; ".join(f"{_escape(k, '=')}={_escape(v, ';)')}" for k, v in attributes.items())
    own = f"amzsql/{_escape(version or _installed(), '(')} ({inside})"
    prefix = _escape(app_id.strip(), "/(=);")[: LONGEST - len(own) - 1]
    # A cut must not leave half an escape behind.
    if (len(prefix) - len(prefix.rstrip("\\"))) % 2:
        prefix = prefix[:-1]
    return f"{prefix} {own}" if prefix else own


def _escape(text: str, special: str) -> str:
    plain = re.sub(r"[^\x20-\x7e]", "?", text)
    return re.sub(rf"([\\{re.escape(special)}])", r"\\\1", plain)


def _installed() -> str:
    import importlib.metadata  # slow to load, and only a session that is opened asks

    try:
        return importlib.metadata.version("amzsql")
    except importlib.metadata.PackageNotFoundError:
        return "0"
