"""From the network properties of a connection to the way that its session takes."""

from __future__ import annotations

from amzsql.settings import Settings
from amzsql.transport.network import Network, Proxy, hosts

_PORTS = {"SOCKS5": 1080, "TUNNEL": 80}


def network_of(settings: Settings) -> Network:
    """Return how a connection reaches the network."""
    return Network(
        proxy=_firewall(settings) or _proxy(settings),
        exceptions=hosts(settings.proxy_exceptions),
        detect=settings.proxy_auto_detect,
        certificate=settings.ssl_server_cert,
    )


def _firewall(settings: Settings) -> Proxy | None:
    if not settings.firewall_server:
        return None
    scheme = "socks5" if settings.firewall_type == "SOCKS5" else "http"
    port = settings.firewall_port or _PORTS[settings.firewall_type]
    return Proxy(scheme, settings.firewall_server, port, settings.firewall_user, settings.firewall_password)


def _proxy(settings: Settings) -> Proxy | None:
    if not settings.proxy_server:
        return None
    scheme = "https" if settings.proxy_ssl_type == "ALWAYS" else "http"
    tells = settings.proxy_auth_scheme == "BASIC"
    user, password = (settings.proxy_user, settings.proxy_password) if tells else ("", None)
    return Proxy(scheme, settings.proxy_server, settings.proxy_port, user, password)
