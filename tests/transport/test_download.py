"""A document comes whole, each byte once, or not at all; nothing of its address or of our tokens is seen elsewhere."""

from __future__ import annotations

import logging
import random
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from amzsql.clock import RealClock
from amzsql.errors import AccessDenied, BadRequest, BudgetExceeded, Cancelled, DataError, OperationalError
from amzsql.transport import Buckets, Session, StaticAuth
from amzsql.transport.download import Address, Caps, download
from amzsql.transport.watch import Watch

BODY = random.Random(3).randbytes(1_500_000)
SECRET = "X-Amz-Signature=planted-signature"
WHAT = "Report 5 (GET_X)"


@dataclass
class Storage:
    """Answers in turn, the last for ever; what it was asked is kept."""

    answers: list[Callable[[BaseHTTPRequestHandler], None]]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list, repr=False)
    sent: int = 0
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append((handler.path, {k.lower(): v for k, v in handler.headers.items()}))
        (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(handler)

    @property
    def ranges(self) -> list[str | None]:
        return [headers.get("range") for _, headers in self.asked]


@contextmanager
def serving(*answers: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[Storage]:
    storage = Storage(list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            storage.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that hangs up is what is tested."""

    server = Server(("127.0.0.1", 0), Handler)
    server.storage = storage  # type: ignore[attr-defined]
    storage.url = f"http://127.0.0.1:{server.server_port}"
    worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    worker.start()
    try:
        yield storage
    finally:
        storage.released.set()
        server.shutdown()
        server.server_close()
        worker.join(5)


def head(handler: BaseHTTPRequestHandler, status: int, length: int | None, **headers: str) -> None:
    handler.send_response(status)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def whole(body: bytes = BODY, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        head(handler, 200, len(body), **{"Content_Type": "text/plain;charset=Cp1252", **headers})
        storage = handler.server.storage  # type: ignore[attr-defined]
        try:
            for start in range(0, len(body), 65536):
                handler.wfile.write(body[start : start + 65536])
                storage.sent += len(body[start : start + 65536])
        except OSError:
            handler.close_connection = True

    return answer


def part(body: bytes = BODY, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer a Range as storages do."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        start = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        shown = f"bytes {start}-{len(body) - 1}/{len(body)}"
        head(handler, 206, len(body) - start, **{"Content_Range": shown, **headers})
        handler.wfile.write(body[start:])

    return answer


def cut(
    at: int, body: bytes = BODY, *, reset: bool = False, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    """Announce the whole, and break off."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        head(handler, 200, len(body), **headers)
        handler.wfile.write(body[:at])
        handler.wfile.flush()
        if reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        handler.close_connection = True

    return answer


def refusal(status: int, code: str = "AccessDenied", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    body = f"<Error><Code>{code}</Code><Message>Request has expired</Message></Error>".encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        head(handler, status, len(body), **headers)
        handler.wfile.write(body)

    return answer


def hang(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, len(BODY))
    handler.wfile.write(BODY[:1000])
    handler.wfile.flush()
    handler.server.storage.released.wait(30)  # type: ignore[attr-defined]
    handler.close_connection = True


@dataclass
class Reader:
    """One reading of a document: what was located, and what came."""

    storage: Storage
    located: list[bool] = field(default_factory=list)
    media_type: str = ""
    compression: str = ""

    def read(self, *, most: int | None = None, caps: Caps = Caps(), **options: Any) -> bytes:  # noqa: B008 - frozen
        clock = RealClock()
        given = {n: options.pop(n) for n in ("deadline", "cancelled") if n in options}
        watch = Watch(clock, WHAT, **given)
        found = b""
        with download(session(clock, **options), self.locate, watch, caps) as opened:
            self.media_type, self.compression = opened.media_type, opened.compression
            for piece in opened.pieces:
                found += piece
                if most is not None and len(found) >= most:
                    break
        return found

    def locate(self, anew: bool) -> Address:
        self.located.append(anew)
        return Address(f"{self.storage.url}/doc{len(self.located)}?{SECRET}")


def session(clock: RealClock, **options: Any) -> Session:
    given = {"retry_wait": 0.001, "max_retries": 3, "rng": random.Random(1), **options}
    return Session(
        endpoint="https://sellingpartnerapi-na.amazon.com",
        clock=clock,
        auth=StaticAuth("Atza|planted-access-token"),
        buckets=Buckets(clock),
        **given,
    )


def test_a_document_comes_as_it_is_and_no_token_goes_to_the_storage() -> None:
    with serving(whole()) as storage:
        reader = Reader(storage)
        assert reader.read() == BODY
    assert (reader.media_type, reader.compression, reader.located) == ("text/plain;charset=Cp1252", "", [False])
    sent = storage.asked[0][1]
    assert "x-amz-access-token" not in sent
    assert "authorization" not in sent
    assert "cookie" not in sent
    assert sent["accept-encoding"] == "identity"
    assert "planted" not in str(sent)


def test_what_the_storage_says_of_its_packing_is_told_and_not_undone() -> None:
    with serving(whole(Content_Encoding="gzip")) as storage:
        reader = Reader(storage)
        assert reader.read() == BODY
    assert reader.compression == "GZIP"


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("at", [1, 700_000, len(BODY) - 1])
def test_broken_off_it_goes_on_where_it_broke(at: int, reset: bool) -> None:
    with serving(cut(at, reset=reset, ETag='"v1"'), part(ETag='"v1"')) as storage:
        assert Reader(storage).read() == BODY
    # What a reset throws away was never read: then it goes on from before the break.
    first, second = storage.ranges
    assert first is None
    if reset:
        assert second is None or int(second.removeprefix("bytes=").removesuffix("-")) <= at
    else:
        assert second == f"bytes={at}-"
        assert storage.asked[1][1]["if-range"] == '"v1"'


def test_a_storage_without_ranges_gives_all_again_and_no_byte_comes_twice() -> None:
    with serving(cut(700_001), cut(900_000), whole()) as storage:
        assert Reader(storage).read() == BODY
    assert storage.ranges == [None, "bytes=700001-", "bytes=900000-"]


def test_another_document_in_its_place_is_an_error() -> None:
    other = BODY[:100] + b"?" + BODY[101:]
    for second in (whole(other), whole(BODY + b"x"), part(ETag='"v2"'), whole(ETag='"v2"')):
        with serving(cut(700_000, ETag='"v1"'), second) as storage, pytest.raises(OperationalError, match="changed"):
            Reader(storage).read()


def test_the_wrong_part_is_not_taken() -> None:
    def wrong(handler: BaseHTTPRequestHandler) -> None:
        head(handler, 206, 10, Content_Range=f"bytes 0-9/{len(BODY)}")
        handler.wfile.write(BODY[:10])

    with serving(cut(700_000), wrong) as storage, pytest.raises(OperationalError, match="another part"):
        Reader(storage).read()


def test_always_broken_off_it_is_an_error_that_says_how_much_came() -> None:
    with serving(cut(1000)) as storage, pytest.raises(OperationalError) as caught:
        Reader(storage).read()
    said = str(caught.value)
    assert said.startswith(WHAT)
    assert "(tried 4 times)" in said
    assert "not whole" in said
    assert len(storage.asked) == 4


def test_a_little_more_each_time_gets_there() -> None:
    steps = range(100_000, len(BODY), 100_000)
    with serving(*(cut(at) for at in steps), whole()) as storage:
        assert Reader(storage).read() == BODY
    assert len(storage.asked) == len(steps) + 1


def test_an_address_that_is_over_is_asked_for_anew() -> None:
    with serving(refusal(403), whole()) as storage:
        reader = Reader(storage)
        assert reader.read() == BODY
    assert reader.located == [False, True]
    assert [path.partition("?")[0] for path, _ in storage.asked] == ["/doc1", "/doc2"]


def test_over_in_the_middle_it_goes_on_at_the_new_address() -> None:
    with serving(cut(700_000), refusal(403), part()) as storage:
        reader = Reader(storage)
        assert reader.read() == BODY
    assert reader.located == [False, True]
    assert storage.ranges == [None, "bytes=700000-", "bytes=700000-"]


def test_refused_at_every_address_is_an_error() -> None:
    with serving(refusal(403)) as storage:
        reader = Reader(storage)
        with pytest.raises(AccessDenied, match="AccessDenied"):
            reader.read()
    assert reader.located == [False, True, True]


def test_what_is_not_there_is_an_error_at_once() -> None:
    with serving(refusal(404, "NoSuchKey")) as storage, pytest.raises(BadRequest, match="NoSuchKey"):
        Reader(storage).read()
    assert len(storage.asked) == 1


def test_a_busy_storage_is_asked_again() -> None:
    with serving(refusal(503, "SlowDown"), refusal(500, "InternalError"), whole()) as storage:
        assert Reader(storage).read() == BODY
    with serving(refusal(503, "SlowDown")) as storage, pytest.raises(OperationalError, match="SlowDown"):
        Reader(storage).read()


def test_no_redirect_is_followed() -> None:
    with serving(whole()) as elsewhere, serving(refusal(307, Location=elsewhere.url)) as storage:
        with pytest.raises(OperationalError, match="redirect"):
            Reader(storage).read()
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "url", ["http://documents.example/d", "file:///etc/passwd", "ftp://127.0.0.1/d", "//x", "https://["]
)
def test_only_encrypted_storages_are_asked(url: str) -> None:
    clock = RealClock()
    with (
        pytest.raises(OperationalError, match="not asked"),
        download(session(clock), lambda _: Address(f"{url}?{SECRET}"), Watch(clock, WHAT)),
    ):
        pass


def test_larger_than_allowed_is_refused_before_it_is_read() -> None:
    with serving(whole(bytes(60_000_000))) as storage, pytest.raises(DataError, match="MaxReportSize"):
        Reader(storage).read(caps=Caps(packed=1 << 20))
    # What the buffers of both sockets hold is on its way already.
    assert storage.sent < 30_000_000


def test_the_ratio_of_packing_is_capped() -> None:
    caps = Caps(unpacked=1 << 30, ratio=100)
    caps.check("it", 1000, 4 << 20)
    caps.check("it", 1 << 20, 100 << 20)
    with pytest.raises(DataError, match="100 times"):
        caps.check("it", 1000, 5 << 20)
    with pytest.raises(DataError, match="unpacked"):
        caps.check("it", 1 << 29, (1 << 30) + 1)


def test_who_stops_reading_leaves_the_rest_undownloaded() -> None:
    body = bytes(60_000_000)
    with serving(whole(body)) as storage:
        assert len(Reader(storage).read(most=100_000)) < 200_000
        assert storage.sent < 30_000_000


def test_cancel_ends_a_download_that_hangs() -> None:
    clock = RealClock()
    event = clock.event()
    with serving(hang) as storage:
        timer = threading.Timer(0.2, event.set)
        timer.start()
        started = clock.now()
        with pytest.raises(Cancelled):
            Reader(storage).read(cancelled=event)
        assert clock.now() - started < 1.2


def test_the_deadline_ends_it_too_and_so_does_silence() -> None:
    clock = RealClock()
    with serving(hang) as storage:
        with pytest.raises(BudgetExceeded):
            Reader(storage).read(deadline=clock.now() + 0.3)
        with pytest.raises(OperationalError, match="Timeout"):
            Reader(storage).read(timeout=0.2, max_retries=0)


def test_a_timeout_of_zero_is_none() -> None:
    with serving(whole()) as storage:
        assert Reader(storage).read(timeout=0) == BODY


def test_nothing_of_an_address_is_logged_or_told(caplog: pytest.LogCaptureFixture) -> None:
    told = []
    with caplog.at_level(logging.DEBUG):
        for answers in ((cut(1000), refusal(403), part()), (cut(1000),), (refusal(404),), (refusal(403),)):
            with serving(*answers) as storage:
                try:
                    Reader(storage).read()
                except OperationalError as error:
                    told.append("".join(traceback.format_exception(error)) + "\n".join(frames(error)))
    assert len(told) == 3
    assert "planted" not in caplog.text
    assert not [r for r in caplog.records if r.name.startswith(("httpx", "httpcore"))]
    assert not [line for text in told for line in text.splitlines() if "planted" in line]


def frames(error: BaseException) -> list[str]:
    """Return the variables of the package's frames, as tools show them."""
    found, trace = [], error.__traceback__
    while trace is not None:
        if "amzsql/transport" in trace.tb_frame.f_code.co_filename:
            found += [repr(v) for v in trace.tb_frame.f_locals.values()]
        trace = trace.tb_next
    return found
