"""Superset on this machine, and what its REST interface answers; see `nox -s superset`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

# Stock time-outs: those of SQL Lab and of pages are not said, and stay 30 and 60 seconds.
CONFIG = """
SECRET_KEY = "for-a-server-on-loopback-that-lives-for-minutes"
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/superset.db"
FEATURE_FLAGS = {{"ESTIMATE_QUERY_COST": True, "ENABLE_TEMPLATE_PROCESSING": True}}
TALISMAN_ENABLED = False
"""


class Refused(AssertionError):
    """Superset did not answer with 2xx; the text is what it said."""


class Rest:
    """A person who is logged in, by REST."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=90)
        token = self._client.post(
            "/api/v1/security/login",
            json={"username": "admin", "password": "admin", "provider": "db", "refresh": True},
        ).json()["access_token"]
        self._client.headers.update({"Authorization": f"Bearer {token}", "Referer": url})
        csrf = self._client.get("/api/v1/security/csrf_token/").json()["result"]
        self._client.headers["X-CSRFToken"] = csrf

    def get(self, path: str) -> Any:
        """Return the answer to a GET."""
        return _answered(self._client.get(f"/api/v1/{path}"))

    def post(self, path: str, body: Any) -> Any:
        """Return the answer to a POST."""
        return _answered(self._client.post(f"/api/v1/{path}", json=body))

    def put(self, path: str, body: Any) -> Any:
        """Return the answer to a PUT."""
        return _answered(self._client.put(f"/api/v1/{path}", json=body))

    def run(self, database: int, sql: str, *, limit: int = 1000, schema: str = "SellingPartner", id_: str = "") -> Any:
        """Return what SQL Lab answers to a statement."""
        body = {"database_id": database, "sql": sql, "queryLimit": limit, "schema": schema, "runAsync": False}
        return self.post("sqllab/execute/", {**body, **({"client_id": id_} if id_ else {})})

    def said(self, database: int, sql: str, **more: Any) -> dict[str, Any]:
        """Return the first error of a statement that fails."""
        try:
            self.run(database, sql, **more)
        except Refused as error:
            found: dict[str, Any] = json.loads(str(error))["errors"][0]
            return found
        raise AssertionError(f"{sql} did not fail")


def _answered(answer: httpx.Response) -> Any:
    if answer.status_code >= 300:
        raise Refused(answer.text)
    return answer.json()


def free_port() -> int:
    """Return a port of this machine that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serving(python: Path, home: Path) -> Iterator[str]:
    """Make a new Superset in a folder and serve it with two processes; yield its address. `python` has it installed."""
    home.mkdir(parents=True)
    (home / "superset_config.py").write_text(CONFIG.format(home=home))
    env = {name: value for name, value in os.environ.items() if not name.upper().startswith(("AMZSQL_", "PYTHON"))}
    env |= {
        "SUPERSET_CONFIG_PATH": str(home / "superset_config.py"),
        "SUPERSET_HOME": str(home),
        "FLASK_APP": "superset.app:create_app()",
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
    }
    tools = python.parent
    names = {
        "username": "admin",
        "password": "admin",
        "firstname": "Ada",
        "lastname": "Min",
        "email": "ada@example.com",
    }
    user = [word for name, value in names.items() for word in (f"--{name}", value)]
    for command in (["db", "upgrade"], ["init"], ["fab", "create-admin", *user]):
        done = subprocess.run([tools / "superset", *command], env=env, cwd=home, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
    port = free_port()
    options = ["-w", "2", "-k", "gthread", "--threads", "8", "--timeout", "60", "-b", f"127.0.0.1:{port}"]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [tools / "gunicorn", *options, "superset.app:create_app()"], env=env, cwd=home, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, server, home)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def _await(url: str, server: subprocess.Popen[bytes], home: Path) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + 180
    while time.monotonic() < end:
        assert server.poll() is None, (home / "server.log").read_text()[-4000:]
        try:
            if httpx.get(f"{url}/health", timeout=5).text == "OK":
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError("Superset did not begin to serve")
