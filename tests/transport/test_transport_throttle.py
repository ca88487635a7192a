"""Buckets: exact on the clock, shared, learning."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from transport_fakes import ENDPOINT, ORDERS, START, bench, error, side_by_side

from amzsql.clock import VirtualClock
from amzsql.errors import BudgetExceeded, Cancelled, Throttled
from amzsql.simulator import Simulator
from amzsql.spapi.model import Rate
from amzsql.state import Bucket, StateFolder
from amzsql.transport import Buckets, LwaAuth, Request, Session, in_process
from amzsql.transport.watch import Watch

KEY = ("application", "seller", "api.operation")


def test_nth_call_starts_when_amazon_has_a_token_for_it() -> None:
    clock = VirtualClock(START)
    buckets, rate = Buckets(clock), Rate(0.5, 5)
    starts = []
    with clock.actor():
        for _ in range(12):
            buckets.acquire(KEY, rate, Watch(clock, "x"))
            starts.append(clock.now() - START)
    assert starts == pytest.approx([max(0.0, (n - 4) / 0.5) for n in range(12)], abs=0.01)


def test_concurrent_waiters_are_served_in_order_and_exactly() -> None:
    clock = VirtualClock(START)
    buckets, rate, starts = Buckets(clock), Rate(0.1, 2), []

    def work(name: int) -> None:
        buckets.acquire(KEY, rate, Watch(clock, "x"))
        starts.append((clock.now() - START, name))

    side_by_side(clock, [lambda n=n: work(n) for n in range(6)])
    assert [name for _, name in starts] == list(range(6))
    assert [at for at, _ in starts] == pytest.approx([0, 0, 10, 20, 30, 40], abs=0.02)


def test_a_waiter_that_gives_up_costs_no_token() -> None:
    clock = VirtualClock(START)
    buckets, rate = Buckets(clock), Rate(0.1, 1)
    with clock.actor():
        buckets.acquire(KEY, rate, Watch(clock, "x"))
        with pytest.raises(BudgetExceeded, match=r"api.op: throttled, the next call is possible in 10 s.*5 s left"):
            buckets.acquire(KEY, rate, Watch(clock, "api.op", deadline=START + 5))
        assert clock.now() == START
        buckets.acquire(KEY, rate, Watch(clock, "x"))
        assert clock.now() - START == pytest.approx(10, abs=0.01)


def test_cancel_ends_a_wait() -> None:
    clock = VirtualClock(START)
    buckets, rate, flag = Buckets(clock), Rate(0.001, 1), clock.event()
    ended = []

    def waits() -> None:
        buckets.acquire(KEY, rate, Watch(clock, "x"))
        with pytest.raises(Cancelled):
            buckets.acquire(KEY, rate, Watch(clock, "x", cancelled=flag))
        ended.append(clock.now() - START)

    def cancels() -> None:
        clock.wait(START + 3)
        flag.set()

    side_by_side(clock, [waits, cancels])
    assert ended == [3.0]


def test_reserve_stays_in_the_bucket() -> None:
    clock = VirtualClock(START)
    buckets, rate = Buckets(clock, reserve=3), Rate(1.0, 10)
    with clock.actor():
        for _ in range(9):
            buckets.acquire(KEY, rate, Watch(clock, "x"))
            assert buckets.peek(KEY, rate) >= 2.99
        assert clock.now() - START == pytest.approx(2, abs=0.01)
    assert buckets.fill(KEY, rate).tokens == pytest.approx(0, abs=0.01)


def test_share_takes_a_fraction_of_rate_and_burst() -> None:
    clock = VirtualClock(START)
    buckets, rate = Buckets(clock, rate_share=0.5), Rate(1.0, 10)
    with clock.actor():
        for _ in range(7):
            buckets.acquire(KEY, rate, Watch(clock, "x"))
    assert clock.now() - START == pytest.approx(4, abs=0.01)
    assert (buckets.fill(KEY, rate).rate, buckets.fill(KEY, rate).burst) == (0.5, 5)


def test_header_is_followed_in_both_directions() -> None:
    clock = VirtualClock(START)
    buckets, rate = Buckets(clock), Rate(0.01, 2)
    with clock.actor():
        for _ in range(2):
            buckets.acquire(KEY, rate, Watch(clock, "x"))
        buckets.learn(KEY, rate, 1000.0)
        buckets.acquire(KEY, rate, Watch(clock, "x"))
        assert clock.now() - START < 0.01
        buckets.learn(KEY, rate, 0.001)
        for _ in range(2):
            buckets.acquire(KEY, rate, Watch(clock, "x"))
    assert 100 < clock.now() - START <= 2000
    assert buckets.look(KEY, rate).rate == 0.001


@pytest.mark.parametrize("nonsense", [None, 0.0, -1.0, float("nan"), float("inf")])
def test_a_nonsense_header_is_not_followed(nonsense: float | None) -> None:
    buckets = Buckets(VirtualClock(START))
    buckets.learn(KEY, Rate(1.0, 1), nonsense)
    assert buckets.look(KEY, Rate(1.0, 1)).rate is None


def test_429_drains_the_bucket_and_a_second_one_slows_down_for_an_hour() -> None:
    clock = VirtualClock(START)
    buckets, rate = Buckets(clock), Rate(1.0, 10)
    with clock.actor():
        buckets.acquire(KEY, rate, Watch(clock, "x"))
        buckets.penalise(KEY, rate)
        assert buckets.peek(KEY, rate) == 0
        assert buckets.fill(KEY, rate).rate == 1.0
        buckets.penalise(KEY, rate)
        assert buckets.fill(KEY, rate).rate == 0.75
        for _ in range(20):
            buckets.penalise(KEY, rate)
        assert buckets.fill(KEY, rate).rate == pytest.approx(0.1)
        clock.wait(START + 3700)
        assert buckets.fill(KEY, rate).rate == 1.0


def test_a_stored_time_too_far_ahead_is_cut() -> None:
    clock, state = VirtualClock(START), StateFolder(None)
    state.update_bucket("|".join(KEY), lambda _: Bucket(START + 1e6))
    buckets = Buckets(clock, state)
    with clock.actor():
        buckets.acquire(KEY, Rate(1.0, 5), Watch(clock, "x"))
    assert clock.now() - START == pytest.approx(1, abs=0.01)


def _take(folder: str, waits: multiprocessing.Queue) -> None:
    clock = VirtualClock(START)
    buckets = Buckets(clock, StateFolder(Path(folder)))
    with clock.actor():
        for _ in range(5):
            buckets.acquire(KEY, Rate(0.01, 8), Watch(clock, "x"))
    waits.put(clock.now() - START)


def test_processes_share_one_bucket(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    waits = context.Queue()
    workers = [context.Process(target=_take, args=(str(tmp_path / "state"), waits)) for _ in range(2)]
    for worker in workers:
        worker.start()
    results = [waits.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    # 10 calls of a burst of 8: the last starts when two more tokens have come; each process has its own virtual time.
    assert max(results) >= 100
    left = Buckets(VirtualClock(START), StateFolder(tmp_path / "state")).peek(KEY, Rate(0.01, 8))
    assert left == pytest.approx(0, abs=0.01)


def test_learned_rate_outlives_the_process(tmp_path: Path) -> None:
    rate = Rate(1.0, 5)
    Buckets(VirtualClock(START), StateFolder(tmp_path / "s")).learn(KEY, rate, 4.0)
    assert Buckets(VirtualClock(START), StateFolder(tmp_path / "s")).fill(KEY, rate).rate == 4.0


def test_no_429_from_published_rates_whatever_the_number_of_actors() -> None:
    clock = VirtualClock(START)
    simulator = Simulator(clock, orders=100)
    statuses: list[int] = []
    session = Session(
        endpoint=ENDPOINT, clock=clock, buckets=Buckets(clock), transport=in_process(simulator.app), latency=0.3,
        auth=LwaAuth(clock=clock, client_id="c", client_secret="s", refresh_token="r"),
        observer=lambda record: statuses.append(record.status),
    )  # fmt: skip

    def work() -> None:
        for _ in range(6):
            session.send(
                Request(ORDERS, {"MarketplaceIds": ("ATVPDKIKX0DER",), "CreatedAfter": "2024-01-01T00:00:00Z"})
            )

    side_by_side(clock, [work] * 5)
    assert statuses == [200] * 30
    assert clock.now() - START == pytest.approx(10 / 0.0167, abs=2)


def test_429_is_waited_out_with_the_rate_told() -> None:
    setup = bench(error(429, "QuotaExceeded", x_amzn_RateLimit_Limit="0.1"), (200, {}, b"{}"))
    with setup.clock.actor():
        setup.session.send(Request(ORDERS, {"MarketplaceIds": ("A",)}))
    assert 10 <= setup.gaps()[1] <= 12
    assert [r.throttled for r in setup.records] == [True, False]
    assert setup.records[1].waited == pytest.approx(setup.gaps()[1])
    assert setup.session.fill(ORDERS).rate == 0.1


def test_retry_after_is_honoured_and_bounded_by_the_deadline() -> None:
    said: list[str] = []
    setup = bench(error(429, "QuotaExceeded", Retry_After="90", x_amzn_RateLimit_Limit="5"), (200, {}, b"{}"))
    with setup.clock.actor():
        setup.session.send(Request(ORDERS, {}), progress=said.append)
    assert 90 <= setup.gaps()[1] < 92
    assert said
    assert said[0].startswith("getOrders throttled, next call in 9")
    setup = bench(error(429, "QuotaExceeded", Retry_After="90"))
    with setup.clock.actor(), pytest.raises(BudgetExceeded, match=r"ordersV0\.getOrders: throttled"):
        setup.session.send(Request(ORDERS, {}), deadline=START + 30)
    assert setup.clock.now() == START


def test_429_for_ever_ends_in_an_error_that_tells_how_long_it_waited() -> None:
    setup = bench(error(429, "QuotaExceeded", "You exceeded your quota."))
    with setup.clock.actor(), pytest.raises(Throttled, match=r"tried 13 times, waited \d+ s") as caught:
        setup.session.send(Request(ORDERS, {}))
    assert caught.value.retryable
    assert (caught.value.code, caught.value.operation, caught.value.request_id) == (
        "QuotaExceeded",
        "ordersV0.getOrders",
        "r13",
    )
