"""The way to the network: through which proxy, and whose certificates are taken.

Owns which host goes which way. Opens nothing; the password of a proxy is revealed where its connection is made.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from amzsql.transport.auth import Revealing


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: `scheme` is http, https (encrypted on the way to it) or socks5; without a user it asks for none."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: Revealing | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address, without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def __str__(self) -> str:
        kind = "SOCKS proxy" if self.scheme == "socks5" else "proxy"
        return f"the {kind} {self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Network:
    """How hosts are reached. `exceptions` are patterns of hosts that go without the proxy; `detect`: the system says.

    `certificate` is a file, or text in PEM form, of certificates that are taken beside the usual authorities'.
    """

    proxy: Proxy | None = None
    exceptions: tuple[str, ...] = ()
    detect: bool = False
    certificate: str = field(default="", repr=False)

    def proxy_of(self, host: str, scheme: str = "https") -> Proxy | None:
        """Return the proxy through which a host is reached; None for the straight way."""
        if self.proxy is not None:
            return None if any(_fits(host, pattern) for pattern in self.exceptions) else self.proxy
        if not self.detect or any(_fits(host, pattern) for pattern in self.exceptions):
            return None
        return _systems(host, scheme)

    def way(self, host: str) -> str:
        """Return the way to a host in words."""
        proxy = self.proxy_of(host)
        asked = f" as {proxy.user}" if proxy is not None and proxy.user else ""
        return "without a proxy" if proxy is None else f"through {proxy}{asked}"


DIRECT = Network()


def hosts(text: str) -> tuple[str, ...]:
    """Return the patterns of a list that semicolons, commas or spaces separate."""
    return tuple(part for part in re.split(r"[;,\s]+", text.lower()) if part)


def _fits(host: str, pattern: str) -> bool:
    host = host.lower().strip("[]")
    if pattern.startswith("."):
        return host.endswith(pattern) or host == pattern[1:]
    return fnmatch.fnmatchcase(host, pattern)


def _systems(host: str, scheme: str) -> Proxy | None:
    """Return what the system, or the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY), says of a host."""
    from urllib.request import getproxies, proxy_bypass

    known = getproxies()
    address = known.get(scheme) or known.get("all")
    if not address or proxy_bypass(host):
        return None
    return read(address)


class _Password:
    """The password of an address of the environment."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        # The same address is read anew for each request, and its connections are kept by it.
        return isinstance(other, _Password) and self._text == other._text

    def __hash__(self) -> int:
        return hash((_Password, self._text))

    def reveal(self) -> str:
        """Return the password."""
        return self._text


def read(address: str) -> Proxy | None:
    """Return the proxy of an address such as ``http://user:password@host:3128``; None for one of another kind."""
    from urllib.parse import unquote

    parts = urlsplit(address if "://" in address else f"http://{address}")
    scheme = {"socks5h": "socks5", "socks": "socks5"}.get(parts.scheme, parts.scheme)
    if scheme not in ("http", "https", "socks5") or not parts.hostname:
        return None
    port = parts.port or {"http": 80, "https": 443, "socks5": 1080}[scheme]
    password = _Password(unquote(parts.password)) if parts.password else None
    return Proxy(scheme, parts.hostname, port, unquote(parts.username or ""), password)
