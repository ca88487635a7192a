"""Real sockets: faults of the network, deadlines, and cancel() while a page hangs."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from transport_fakes import FAST, WRITE, thread

from amzsql.clock import RealClock
from amzsql.errors import BudgetExceeded, Cancelled, OperationalError, ServerError
from amzsql.transport import Buckets, Request, RequestRecord, Session, StaticAuth

BODY = b'{"payload": {"things": [1]}}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n"
GOOD = HEAD % len(BODY) + BODY
Behaviour = Callable[[socket.socket, threading.Event], None]


class Server:
    """A socket that does to each request what it is told, the last thing for ever."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours)
        self.over = threading.Event()
        self.reached = threading.Event()
        self.served = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        thread(self._accept)

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            thread(lambda p=peer: self._serve(p))

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            while self._read(peer):
                do = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
                self.served += 1
                self.reached.set()
                try:
                    do(peer, self.over)
                except OSError:
                    return
                if do is not good:
                    return

    @staticmethod
    def _read(peer: socket.socket) -> bool:
        text = b""
        while b"\r\n\r\n" not in text:
            try:
                piece = peer.recv(65536)
            except OSError:
                return False
            if not piece:
                return False
            text += piece
        return True

    def close(self) -> None:
        self.over.set()
        self._listener.close()


def good(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(GOOD)


def hang(peer: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def hang_in_body(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(GOOD[:-5])
    over.wait(30)


def drip(peer: socket.socket, over: threading.Event) -> None:
    for byte in GOOD:
        peer.sendall(bytes([byte]))
        if over.wait(0.05):
            return


def reset(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(GOOD[:-5])
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def cut(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(GOOD[:-5])


def short_without_length(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + BODY[:-5])


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*behaviours: Behaviour) -> Server:
        servers.append(Server(*behaviours))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def session(url: str, records: list[RequestRecord] | None = None, **options: float) -> Session:
    clock = RealClock()
    return Session(
        endpoint=url, clock=clock, auth=StaticAuth("Atza|given"), buckets=Buckets(clock), retry_wait=0.01,
        observer=(records if records is not None else []).append, **options,
    )  # fmt: skip


THING = Request(FAST, {"id": "1"})


@pytest.mark.parametrize("fault", [reset, cut, short_without_length])
def test_a_page_that_breaks_off_is_asked_again_and_never_half(serve: Callable[..., Server], fault: Behaviour) -> None:
    server, records = serve(fault, good), list[RequestRecord]()
    with_faults = session(server.url, records)
    assert with_faults.send(THING).body == BODY
    assert len(records) == 2
    with_faults.close()


@pytest.mark.parametrize("fault", [hang, hang_in_body])
def test_cancel_ends_a_hung_page_within_a_second(serve: Callable[..., Server], fault: Behaviour) -> None:
    server = serve(fault, good)
    used = session(server.url)
    flag = RealClock().event()
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            used.send(THING, cancelled=flag)
        except Cancelled as problem:
            ended.append(problem)

    before = threading.active_count()
    worker = thread(ask)
    assert server.reached.wait(10)
    start = monotonic()
    flag.set()
    worker.join(5)
    assert monotonic() - start < 1.0
    assert len(ended) == 1
    assert used.send(THING).body == BODY
    assert threading.active_count() <= before + 3  # the server's own
    used.close()


def test_a_slow_answer_ends_with_its_time(serve: Callable[..., Server]) -> None:
    start = monotonic()
    with pytest.raises(ServerError, match="no complete answer within the time allowed"):
        session(serve(drip).url, timeout=0.5, max_retries=0).send(THING)
    assert monotonic() - start < 2.0


def test_the_statements_deadline_ends_a_page(serve: Callable[..., Server]) -> None:
    with pytest.raises(BudgetExceeded, match="StatementTimeout"):
        session(serve(hang).url).send(THING, deadline=RealClock().now() + 0.3)


def test_a_write_is_sent_again_only_if_nothing_reached_amazon(serve: Callable[..., Server]) -> None:
    server, records = serve(cut), list[RequestRecord]()
    with pytest.raises(ServerError):
        session(server.url, records).send(Request(WRITE, {}, {"a": 1}))
    assert (len(records), server.served) == (1, 1)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    records.clear()
    with pytest.raises(ServerError, match="refused"):
        session(f"http://127.0.0.1:{port}", records, max_retries=2).send(Request(WRITE, {}, {"a": 1}))
    assert len(records) == 3


def test_connections_are_kept(serve: Callable[..., Server]) -> None:
    server = serve(good)
    used = session(server.url)
    opened = [used.send(THING).status for _ in range(3)]
    assert opened == [200] * 3
    assert len(used._client._transport._ways[None]._pool.connections) == 1  # type: ignore[union-attr,attr-defined]
    used.close()
    assert used.send(THING).status == 200
    used.close()


def test_a_server_without_tls_is_an_error(serve: Callable[..., Server]) -> None:
    server = serve(good)
    with pytest.raises(OperationalError):
        session(server.url.replace("http:", "https:"), max_retries=0, timeout=2.0).send(THING)
