"""The consent page in a real browser, from `amzsql authorize` to the first row; see `nox -s consent`."""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driving import real_simulator, served
from proxies import Authority
from test_authorizing import free_port, made
from test_named import Run, no_keyring, run, store

__all__ = ["no_keyring", "run"]
playwright = pytest.importorskip("playwright.sync_api", reason="a real browser is driven by nox -s consent")
CHROMIUM = os.environ.get("AMZSQL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here (AMZSQL_CHROMIUM names one)")
ROOT = Path(__file__).parents[1]
FORWARDING = '<!DOCTYPE html><script>location.replace("http://127.0.0.1:{port}/" + location.search)</script>'
PLAIN = "<!DOCTYPE html><p>Thank you.</p>"


@contextmanager
def callback(page: str) -> Iterator[int]:
    """Serve the page that Amazon leads back to, with TLS; yield the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = Authority("app.example.com").context().wrap_socket(server.socket, server_side=True)
        worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        worker.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            worker.join(5)


def process(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a command in the folders of the test."""
    env = {n: v for n, v in os.environ.items() if not n.upper().startswith("AMZSQL_")}
    env |= {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path / "state")}
    env |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "amzsql.cli", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize("way", ["forwarded", "pasted"])
def test_from_the_page_in_a_browser_to_the_first_row(way: str, run: Run, tmp_path: Path) -> None:
    port = free_port()
    page_text = FORWARDING.replace("{port}", str(port)) if way == "forwarded" else PLAIN
    with served(real_simulator()) as url, callback(page_text) as there:
        made(run, url)
        asking = process(tmp_path, "authorize", "shop", "--port", str(port), "--no-browser")
        assert asking.stdout is not None
        assert asking.stdin is not None
        address = next(line.strip() for line in asking.stdout if line.startswith("http"))
        with playwright.sync_playwright() as driver:
            rules = f"--host-resolver-rules=MAP app.example.com 127.0.0.1:{there}"
            arguments = [rules, "--ignore-certificate-errors", "--no-sandbox"]
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
            page = browser.new_page(ignore_https_errors=True)
            page.goto(address)
            page.select_option("select[name=account]", "eu")
            page.click("text=Confirm")
            if way == "pasted":
                page.wait_for_url("https://app.example.com/**")
                asking.stdin.write(f"{page.url}\n")
                asking.stdin.flush()
            else:
                page.wait_for_url(f"http://127.0.0.1:{port}/**")
                assert "amzsql has been let in" in page.inner_text("body")
            browser.close()
        out, err = asking.communicate(timeout=60)
        assert asking.returncode == 0, err
        assert "Account: Kupfer & Söhne GmbH (seller)" in out
        assert store(tmp_path)["connections.shop.refresh_token"].startswith("Atzr|")
        first = process(tmp_path, "query", "-c", "shop", "SELECT count(*) AS n FROM MarketplaceParticipations")
        rows, err = first.communicate(timeout=60)
        assert first.returncode == 0, err
        assert int(rows.splitlines()[1]) > 1
