"""A statement as tasks that other processes read: small, picklable, without secrets.

Owns what a task carries and how it finds its account again. Must not know how a statement is cut (`plan.parts`), nor
any tool that spreads tasks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import pyarrow as pa

from amzsql.errors import OperationalError, ProgrammingError
from amzsql.marketplaces import Marketplace
from amzsql.plan.parts import By, Part
from amzsql.settings import PROPERTIES, Settings, SimulatorOptions

if TYPE_CHECKING:
    from amzsql.connection import Connection

# What a reader does not do again, or has of the task itself.
_LEFT_OUT = frozenset(("ConnectOnOpen", "InitiateOAuth", "Marketplace"))


@dataclass(frozen=True, slots=True)
class Task:
    """A part of a statement's rows; it can be pickled, sent to another process or host, and read there.

    It holds no secret: `properties` are the connection's without them, its name among them. Whoever reads it has the
    same secrets from its own named connection, keyring or environment (AMZSQL_<NAME>), or reads with a connection.

    Attributes:
        number, of: which of the statement's tasks it is, from 0.
        schema: the Arrow schema of its batches.
        account: tells whether a connection is the same account's, without telling whose.
    """

    statement: str
    parameters: Any
    part: Part
    number: int
    of: int
    schema: pa.Schema = field(repr=False)
    properties: tuple[tuple[str, Any], ...] = field(repr=False)
    account: str = field(repr=False)

    def read(self, connection: Connection | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the task's record batches, asked of Amazon as they are wanted.

        Without a connection one is opened with the task's properties and this process's secrets, and closed at the end.

        Raises:
            ProgrammingError: there are no credentials here, or they are another account's. Beside these all that a
            statement raises as it runs.
        """
        if connection is not None:
            yield from _read(self, connection)
            return
        from amzsql.connection import open_connection
        from amzsql.settings import Given

        with open_connection(Given("", dict(self.properties))) as opened:
            yield from _read(self, opened)


def _read(task: Task, connection: Connection) -> Iterator[pa.RecordBatch]:
    _check_account(task, connection)
    with connection.cursor() as cursor:
        cursor.execute_task(task)
        reader = cursor.fetch_record_batch()
        if not reader.schema.equals(task.schema):
            raise OperationalError(
                "The statement's columns have changed since its tasks were made, as those of some reports do: make the"
                " tasks again."
            )
        yield from reader


def _check_account(task: Task, connection: Connection) -> None:
    """Refuse to read another account's rows."""
    try:
        connection.settings.check_credentials()
    except ProgrammingError:
        raise ProgrammingError(
            "A task carries no secrets, and this process has none of its account: give it the same named connection, or"
            " AMZSQL_OAUTHCLIENTSECRET and AMZSQL_OAUTHREFRESHTOKEN in its environment, or read the task with a"
            " connection."
        ) from None
    if fingerprint(connection.settings) != task.account:
        raise ProgrammingError(
            "The task was made for another account than the credentials here are of, or its refresh token is a new one:"
            " give this process the same OAuthClientId and OAuthRefreshToken (a named connection, or AMZSQL_<NAME> in"
            " the environment), or make the tasks again."
        )


def read(task: Task, connection: Connection | None = None) -> Iterator[pa.RecordBatch]:
    """Yield a task's record batches; see `Task.read`."""
    if not isinstance(task, Task):
        raise ProgrammingError(f"read() takes a task of connection.partitions(), not {type(task).__name__}.")
    return task.read(connection)


class Partitions(Sequence[Task]):
    """The tasks of a statement, whose rows together are the statement's.

    `schema` is known without asking anything. The tasks are made when they are first looked at: that may ask for the
    account's marketplaces once, and reads no rows.
    """

    def __init__(self, connection: Connection, statement: str, parameters: Any, by: By) -> None:
        self._connection = connection
        self._statement = statement
        self._parameters = _kept(parameters)
        self._by = by

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return self._connection.schema(self._statement, self._parameters)

    @cached_property
    def _made(self) -> tuple[tuple[Task, ...], str]:
        parts, why = self._connection.parts(self._statement, self._parameters, self._by)
        settings = self._connection.settings
        places = next((p.marketplaces for p in parts if p.marketplaces), None)
        shared = (self.schema, _properties(settings, places), fingerprint(settings))
        tasks = (
            Task(self._statement, self._parameters, part, number, len(parts), *shared)
            for number, part in enumerate(parts)
        )
        return tuple(tasks), why

    @property
    def reason(self) -> str:
        """Why the statement is one task; empty if it was cut."""
        return self._made[1]

    def __len__(self) -> int:
        return len(self._made[0])

    @overload
    def __getitem__(self, index: int) -> Task: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Task]: ...
    def __getitem__(self, index: int | slice) -> Task | Sequence[Task]:
        return self._made[0][index]

    def __repr__(self) -> str:
        return f"<amzsql.Partitions of {self._statement!r}>"


def _kept(parameters: Any) -> Any:
    """Return parameters as what no caller changes any more."""
    if parameters is None:
        return None
    return dict(parameters) if isinstance(parameters, Mapping) else tuple(parameters)


def fingerprint(settings: Settings) -> str:
    """Return what tells accounts apart and tells nothing of them; an access token alone, which is renewed, does not."""
    token = settings.oauth_refresh_token.reveal() if settings.oauth_refresh_token else ""
    parts = (settings.oauth_client_id if token else "", token, str(settings.simulator))
    inner = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return hashlib.sha256(f"amzsql task\n{inner}".encode()).hexdigest()[:32]


def _properties(settings: Settings, places: tuple[str, ...] | None) -> tuple[tuple[str, Any], ...]:
    """Return the properties that are not the defaults, without those that are secret.

    The account's marketplaces stand in it, so that no reader asks for them again.
    """
    active = (p for p in PROPERTIES if p.status == "active" and not p.secret and p.name not in _LEFT_OUT)
    said = {p.name: settings[p.name] for p in active if settings[p.name] != p.default}
    ids = tuple(m.id for m in settings.marketplace) or places
    if ids:
        said["Marketplace"] = ",".join(ids)
    if settings.initiate_oauth == "GETANDREFRESH":
        said["InitiateOAuth"] = settings.initiate_oauth
    return tuple((name, _plain(value)) for name, value in said.items())


def _plain(value: Any) -> Any:
    """Return a property's value as text or a plain value, which `connect` takes."""
    if isinstance(value, SimulatorOptions):
        options = {
            "seed": value.seed,
            "orders": value.orders,
            "today": value.today,
            "throttle": value.throttle,
            "account": value.account,
        }
        return ",".join(f"{name}={each}" for name, each in options.items() if each is not None)
    if isinstance(value, tuple):
        return ",".join(v.id if isinstance(v, Marketplace) else str(v) for v in value)
    return value.isoformat() if isinstance(value, date) else value
