"""What Superset's engine spec is made of, without Superset: its SQL, its words for the driver's errors, its form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from driving import rows, simulated
from sqlalchemy import create_engine
from sqlalchemy.engine.url import make_url

import amzsql
from amzsql.simulator import Fault
from amzsql_dialect.superset import form, messages
from amzsql_dialect.superset.sql import EPOCH, EPOCH_MS, ESTIMATE, GRAINS, cost, literal, shown

# A Wednesday.
MOMENT = dt.datetime(2026, 11, 18, 10, 47, 31)
BEGINS = {
    None: "2026-11-18 10:47:31",
    "PT1S": "2026-11-18 10:47:31",
    "PT1M": "2026-11-18 10:47:00",
    "PT5M": "2026-11-18 10:45:00",
    "PT10M": "2026-11-18 10:40:00",
    "PT15M": "2026-11-18 10:45:00",
    "PT30M": "2026-11-18 10:30:00",
    "PT1H": "2026-11-18 10:00:00",
    "PT6H": "2026-11-18 06:00:00",
    "P1D": "2026-11-18 00:00:00",
    "P1W": "2026-11-16 00:00:00",
    "1969-12-28T00:00:00Z/P1W": "2026-11-15 00:00:00",
    "1969-12-29T00:00:00Z/P1W": "2026-11-16 00:00:00",
    "P1W/1970-01-03T00:00:00Z": "2026-11-21 00:00:00",
    "P1W/1970-01-04T00:00:00Z": "2026-11-22 00:00:00",
    "P1M": "2026-11-01 00:00:00",
    "P3M": "2026-10-01 00:00:00",
    "P1Y": "2026-01-01 00:00:00",
}


def test_grains_begin_where_they_should_also_on_a_sunday() -> None:
    connection, _ = simulated(TimeZone="Europe/Berlin")
    grains = list(GRAINS)

    def of(moment: str) -> dict[str | None, str]:
        columns = ", ".join(GRAINS[g].replace("{col}", f"TIMESTAMP '{moment}'") for g in grains)
        [row] = rows(connection, f"SELECT {columns}")
        return {grain: str(value) for grain, value in zip(grains, row, strict=True)}

    assert of(str(MOMENT)) == BEGINS
    sunday = of("2026-11-22 00:00:00")
    assert [sunday[grain] for grain in grains if "P1W" in (grain or "")] == [
        f"2026-11-{day} 00:00:00" for day in ("16", "22", "16", "28", "22")
    ]


def begin(grain: str, moment: dt.datetime) -> dt.datetime:
    """Return where a grain begins by the clock on the wall, as its zone has it."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    since_sunday = dt.timedelta((day.weekday() + 1) % 7)
    days = {
        "P1D": day,
        "P1W": day - dt.timedelta(day.weekday()),
        "1969-12-28T00:00:00Z/P1W": day - since_sunday,
        "1969-12-29T00:00:00Z/P1W": day - dt.timedelta(day.weekday()),
        "P1W/1970-01-03T00:00:00Z": day - since_sunday + dt.timedelta(6),
        "P1W/1970-01-04T00:00:00Z": day - dt.timedelta(day.weekday()) + dt.timedelta(6),
        "P1M": day.replace(day=1),
        "P3M": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "P1Y": day.replace(month=1, day=1),
        "PT6H": day.replace(hour=moment.hour // 6 * 6),
    }
    if grain in days:
        return days[grain]
    if grain == "PT1S":
        return moment.replace(microsecond=0)
    size = 60 if grain == "PT1H" else int(grain[2:-1])
    # What is shorter than a change of the clock stays on its side of it.
    return moment.replace(minute=moment.minute // size * size, second=0, microsecond=0)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kathmandu"])
def test_grains_of_times_with_a_zone_begin_by_the_clock_on_the_wall(zone: str) -> None:
    """Around the days on which clocks are changed in Europe and America, and over the end of a year."""
    connection, _ = simulated(TimeZone=zone)
    grains = [grain for grain in GRAINS if grain]
    middles = [dt.datetime(2026, month, day, tzinfo=dt.UTC) for month, day in ((3, 8), (3, 29), (10, 25), (11, 1))]
    middles.append(dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
    moments = [m + dt.timedelta(minutes=17 * n, seconds=n) for m in middles for n in range(-100, 100)]
    columns = ", ".join(GRAINS[grain].replace("{col}", "t") for grain in grains)
    given = ", ".join(f"(TIMESTAMPTZ '{moment.isoformat(sep=' ')}')" for moment in moments)
    found = rows(connection, f"SELECT {columns} FROM (VALUES {given}) AS v(t)")
    for moment, row in zip(moments, found, strict=True):
        there = moment.astimezone(ZoneInfo(zone))
        for grain, value in zip(grains, row, strict=True):
            # Two times of one zone would be compared by what the clock shows, which two hours have in common.
            assert value.astimezone(dt.UTC) == begin(grain, there).astimezone(dt.UTC), (grain, str(there))


def test_points_in_time_narrow_what_amazon_is_asked() -> None:
    connection, _ = simulated(TimeZone="Europe/Berlin")
    since = literal("TIMESTAMP WITH TIME ZONE", dt.datetime(2026, 11, 10))
    found = rows(connection, f"EXPLAIN SELECT * FROM Orders WHERE PurchaseDate >= {since}")
    assert "2026-11-09T23:00:00Z" in found[0][4]
    assert literal("DATE", MOMENT) == "DATE '2026-11-18'"
    assert literal("TIMESTAMP", MOMENT) == "TIMESTAMP '2026-11-18 10:47:31.000000'"
    assert literal("VARCHAR", MOMENT) is None
    asked = f"SELECT {EPOCH.replace('{col}', '1795000000')}, {EPOCH_MS.replace('{col}', '1795000000250')}"
    [(seconds, milliseconds)] = rows(connection, asked)
    assert seconds.astimezone(dt.UTC).isoformat() == "2026-11-18T11:06:40+00:00"
    assert milliseconds - seconds == dt.timedelta(milliseconds=250)


def test_a_cost_is_calls_and_time() -> None:
    connection, simulator = simulated(orders=2000)
    cursor = connection.cursor()
    cursor.execute(ESTIMATE + "SELECT * FROM Orders WHERE PurchaseDate >= '2026-01-01'")
    found = cost([d[0] for d in cursor.description], cursor.fetchall())
    assert not simulator.log
    assert found["requests"] > 10
    told = shown(found, 25, interactive=True)
    assert told["Calls"] == f"{found['requests']} ({found['basis']})"
    assert told["Operations"] in ("orders_2026-01-01.searchOrders", "ordersV0.getOrders")
    assert "refused here" in told["Note"]
    assert "Note" not in shown(found, None, interactive=False)
    cursor.execute(ESTIMATE + "SELECT 1")
    assert shown(cost([d[0] for d in cursor.description], cursor.fetchall()), 25, interactive=True) == {
        "Calls": "0",
        "Time": "0 s",
    }


def test_an_estimate_tells_what_is_ordered_and_what_is_refused() -> None:
    """What it says is what the same connection then does."""
    connection, simulator = simulated(orders=2000, **SLOW)
    cursor = connection.cursor()

    def note(statement: str, *, interactive: bool = True) -> str:
        cursor.execute(ESTIMATE + statement)
        found = cost([d[0] for d in cursor.description], cursor.fetchall())
        return shown(found, 25, interactive=interactive)["Note"]

    for statement, told in ((REPORT, "being made since"), (SALES, "is not answered yet")):
        assert note(statement).endswith("it is ordered; run it again in about 2 min")
        assert note(statement, interactive=False).startswith("refused here")
        with pytest.raises(amzsql.BudgetExceeded, match=told):
            rows(connection, statement)
    joined = f"SELECT * FROM ({REPORT}) r JOIN OrderItems i ON i.AmazonOrderId = r.AmazonOrderId"
    assert note(joined).startswith("refused here")
    before = len(simulator.log)
    with pytest.raises(amzsql.BudgetExceeded, match="it may use 25 s"):
        rows(connection, joined)
    assert len(simulator.log) == before


def failed(statement: str, *faults: Fault, **properties: Any) -> str:
    """Return the driver's error of a statement, as Superset puts it into words."""
    connection, _ = simulated(*faults, orders=2000, **{"MaxRetries": 1, **properties})
    with pytest.raises(amzsql.Error) as raised:
        rows(connection, statement)
    return f"amzsql error: {raised.value}"


ORDERS = "SELECT * FROM Orders WHERE PurchaseDate >= '2026-01-01'"
REPORT = (
    "SELECT * FROM REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
    " WHERE DataStartTime >= '2026-11-01' AND DataEndTime < '2026-11-15'"
)
SALES = (
    "SELECT SalesUnitsOrdered FROM SalesAndTrafficByDate WHERE StartDate >= '2026-11-02' AND StartDate < '2026-11-15'"
)
SLOW = {"StatementTimeout": 25, "Latency": "Interactive"}


@pytest.mark.parametrize(
    ("make", "kind", "begins"),
    [
        (
            lambda: failed(REPORT, Fault("*.getReport", "stuck"), **SLOW),
            "CONNECTION_DATABASE_TIMEOUT",
            "Amazon is still making the report GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
        ),
        (
            lambda: failed(SALES, **SLOW),
            "CONNECTION_DATABASE_TIMEOUT",
            "Amazon is still working on the Data Kiosk query salesAndTrafficByDate. Run it again in about ",
        ),
        (
            lambda: failed(ORDERS, **SLOW, OrdersApi="v0", Pagesize=1),
            "CONNECTION_DATABASE_TIMEOUT",
            "Too slow for Superset: this needs about ",
        ),
        (
            lambda: failed(ORDERS + " LIMIT 1", Fault("ordersV0.*", "status", times=0, status=429), OrdersApi="v0"),
            "CONNECTION_DATABASE_TIMEOUT",
            "Throttled: Amazon's quota of ordersV0.getOrders is used up",
        ),
        (
            lambda: failed(
                ORDERS + " LIMIT 1",
                Fault("ordersV0.*", "status", times=0, status=429, headers=(("Retry-After", "300"),)),
                OrdersApi="v0",
                **SLOW,
            ),
            "CONNECTION_DATABASE_TIMEOUT",
            "Throttled: Amazon lets ordersV0.getOrders be called again in ",
        ),
        (
            lambda: failed(ORDERS, Fault("*", "status", times=0, status=403)),
            "CONNECTION_DATABASE_PERMISSIONS_ERROR",
            "No access: ",
        ),
        (
            lambda: failed(ORDERS, OAuthRefreshToken="Atzr|simulator-revoked"),
            "CONNECTION_ACCESS_DENIED_ERROR",
            "The connection's credentials do not work (any more): ",
        ),
        (
            lambda: failed(ORDERS, MaxRequests=1),
            "GENERIC_DB_ENGINE_ERROR",
            "More than this connection may ask: this needs about 16 requests and 5 s on Amazon's clock, and may use 1 "
            "request (MaxRequests). Narrow Orders by PurchaseDate",
        ),
        (
            lambda: failed(ORDERS + " LIMIT 1", Fault("*Orders", "status", times=0, status=504)),
            "CONNECTION_HOST_DOWN_ERROR",
            "Amazon has a fault, which is often over in a few minutes: orders_2026-01-01.searchOrders answered 504",
        ),
        (
            lambda: failed(ORDERS + " LIMIT 1", Fault("*Orders", "drop", times=0)),
            "CONNECTION_HOST_DOWN_ERROR",
            "Amazon was not reached: orders_2026-01-01.searchOrders gave no answer",
        ),
        (
            lambda: failed(ORDERS + " LIMIT 1", Fault("lwa.token", "status", times=0, status=503)),
            "CONNECTION_HOST_DOWN_ERROR",
            "Amazon was not reached: Login with Amazon gives no token (status 503",
        ),
        (
            lambda: failed(ORDERS + " LIMIT 1", Fault("*Orders", "truncate", times=0)),
            "CONNECTION_HOST_DOWN_ERROR",
            "Amazon's answer was cut off or broken: ",
        ),
        (
            lambda: failed(REPORT, Fault("*.getReport", "fatal", times=0), Latency="Batch"),
            "GENERIC_DB_ENGINE_ERROR",
            "Amazon could not make the report GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL from 2026-11-01",
        ),
        (
            lambda: failed(SALES, Fault("*.getQuery", "fatal", times=0), Latency="Batch"),
            "GENERIC_DB_ENGINE_ERROR",
            "Amazon could not answer the Data Kiosk query salesAndTrafficByDate from 2026-11-02",
        ),
        (lambda: failed("SELECT (1"), "SYNTAX_ERROR", "Syntax error in line 1, column 9"),
        (lambda: failed("SELECT * FROM Ordrs"), "TABLE_DOES_NOT_EXIST_ERROR", "There is no table Ordrs"),
        (lambda: failed("SELECT Nix FROM Orders"), "COLUMN_DOES_NOT_EXIST_ERROR", "There is no column Nix"),
        (lambda: failed("SELECT * FROM Nix.Orders"), "SCHEMA_DOES_NOT_EXIST_ERROR", "There is no schema Nix"),
        (
            lambda: failed("EXEC CancelReport '1'", Readonly=True),
            "DML_NOT_ALLOWED_ERROR",
            "CancelReport may change something at Amazon",
        ),
    ],
)
def test_errors_of_the_driver_are_put_into_words(make: Callable[[], str], kind: str, begins: str) -> None:
    text = make()
    found = [(m, match) for m in messages.MESSAGES if (match := m.pattern.search(text))]
    assert found, text
    message, match = found[0]
    assert message.kind == kind, text
    said = message.text % match.groupdict()
    assert said.startswith(begins), said
    assert "None" not in said


def test_no_credentials_are_an_error_of_the_connection() -> None:
    with pytest.raises(amzsql.Error) as raised:
        amzsql.connect("Marketplace=US;StateLocation=memory://").cursor().execute("SELECT * FROM Orders LIMIT 1")
    message = next(m for m in messages.MESSAGES if m.pattern.search(str(raised.value)))
    assert (message.kind, message.text) == ("CONNECTION_ACCESS_DENIED_ERROR", "%(said)s")


@pytest.mark.parametrize(
    "text",
    [
        "Connection: there is no connection x",
        "(amzsql.errors.ProgrammingError) Connection: there is no connection x\n[SQL: SELECT 1]\n"
        "(Background on this error at: https://sqlalche.me/e/14/f405)",
        "(builtins.NoneType) None\n[SQL: (amzsql.errors.ProgrammingError) Connection: there is no connection x\n"
        "(Background on this error at: https://sqlalche.me/e/14/f405)]\n(Background on this error at:"
        " https://sqlalche.me/e/14/dbapi)",
    ],
)
def test_nothing_stands_around_what_the_driver_says(text: str) -> None:
    assert messages.plain(text) == "Connection: there is no connection x"


MASK = "XXXXXXXXXX"
FILLED = {
    "username": "client",
    "password": "se/cr:et@",
    "access_token": "Atzr|a:b@c/d",
    "account": "",
    "default_schema": "SellerCentral",
    "query": {"Marketplace": "United States", "MaxRows": 5},
}


def test_the_form_becomes_a_url_and_back() -> None:
    text = form.url_of(FILLED, "amzsql", MASK).render_as_string(hide_password=False)
    assert form.parameters_of(make_url(text), MASK) == FILLED | {
        "query": {"Marketplace": "United States", "MaxRows": "5"}
    }
    url, more = form.apart(make_url(text))
    assert more == {"OAuthRefreshToken": "Atzr|a:b@c/d"}
    assert (url.username, url.password, url.database) == ("client", "se/cr:et@", "SellerCentral")
    assert "Atzr" not in repr(make_url(text))
    named = form.url_of({"account": " shop ", "password": ""}, "amzsql", MASK)
    assert (str(named), form.apart(named)) == ("amzsql://shop", (named, {}))


def test_masked_secrets_of_the_form_stay_or_are_both_entered() -> None:
    stored = make_url("amzsql://client:XXXXXXXXXX@/SellerCentral")
    shown_ = form.parameters_of(stored, MASK)
    assert (shown_["password"], shown_["access_token"]) == (MASK, MASK)
    assert form.url_of(shown_, "amzsql", MASK).password == MASK
    with pytest.raises(form.MixedSecretsError):
        form.url_of(shown_ | {"access_token": "Atzr|new"}, "amzsql", MASK)
    changed = form.url_of(shown_ | {"password": "new", "access_token": "Atzr|new"}, "amzsql", MASK)
    assert changed.password == "new Atzr|new"


def test_the_urls_of_the_form_reach_the_driver() -> None:
    url, token = form.apart(form.url_of(FILLED | {"query": {}}, "amzsql", MASK))
    connection = create_engine(url, connect_args=token | {"StateLocation": "memory://"}).raw_connection()
    settings = connection.dbapi_connection.settings
    assert (settings.oauth_client_id, settings.oauth_client_secret.reveal()) == ("client", "se/cr:et@")
    assert (settings.oauth_refresh_token.reveal(), settings.schema) == ("Atzr|a:b@c/d", "SellerCentral")
