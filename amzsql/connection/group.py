"""A connection to a group: its accounts side by side under one catalog. Every account is a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NoReturn

from amzsql import metadata
from amzsql.catalog import registry, system
from amzsql.catalog.model import Table
from amzsql.catalog.whose import ACCOUNT, keyed_by_account, of_group
from amzsql.connection.connection import Connection
from amzsql.connection.proving import FAILED, Finding
from amzsql.connection.runtime import Shop, runtimes_of
from amzsql.errors import DatabaseError, Error, ProgrammingError, Warning, nearest
from amzsql.execute.context import Context
from amzsql.execute.group import Account
from amzsql.execute.scratch_space import ScratchSpace
from amzsql.execute.statement import Statements
from amzsql.plan.nodes import Plan, Situation
from amzsql.settings import Group, Settings
from amzsql.settings.values import Secret
from amzsql.spapi.model import Partner
from amzsql.sql.binding import Bound
from amzsql.sql.local import Places
from amzsql.state import StateFolder
from amzsql.transport import RequestRecord

# What stands in the place of personal data, the least strict first.
_MASKS = ("Off", "Hash", "Null")


@dataclass(frozen=True, slots=True)
class Unusable:
    """An account whose connection cannot be read: every statement that touches it goes on without it."""

    name: str
    error: Error
    kind: Partner | None = None

    def enter(self, context: Context) -> Context:
        """Return the context as it is: nothing is asked."""
        return replace(context, account=self.name)

    def situation(self, bound: Bound, context: Context | None) -> NoReturn:
        """Raise why the account cannot be asked."""
        del bound, context
        raise ProgrammingError(str(self.error))

    def remember(self, bound: Bound, plan: Plan) -> None:
        """Keep nothing."""

    def forget(self, bound: Bound) -> None:
        """Drop nothing."""

    def count(self, rows: Mapping[str, int]) -> None:
        """Keep nothing."""


class GroupConnection(Connection):
    """A connection to all accounts of a group: the column Account stands first in every table.

    Attributes:
        members: the connections of the accounts, those that can be read.
    """

    def __init__(self, group: Group, scratch: ScratchSpace | None = None) -> None:
        sound = [found for _, found in group.accounts if isinstance(found, Settings)]
        runtime, runtimes = runtimes_of(group.settings, sound)
        quiet = [replace(settings, connect_on_open=False) for settings in sound]
        self.members = tuple(Connection(s, r) for s, r in zip(quiet, runtimes, strict=True))
        by_name = {member.name: member for member in self.members}
        self._accounts: tuple[Account, ...] = tuple(
            Unusable(name, found) if isinstance(found, Error) else by_name[found.account]
            for name, found in group.accounts
        )
        self._names = tuple(account.name for account in self._accounts)
        super().__init__(group.settings, runtime, scratch)
        # Whoever may not read the personal data of one account reads that of none through the group.
        self._mask_pii = max((s.mask_pii for s in (group.settings, *sound)), key=_MASKS.index)
        for member in self.members:
            member._mask_pii = self._mask_pii
            member.scratch = self.scratch
            self.messages += ((Warning, f"{member.name}: {text}") for _, text in member.messages)
        self.messages += ((Warning, text) for text in _twice(sound))
        for name, found in group.accounts:
            if isinstance(found, Error):
                self.messages.append((Warning, f"The account {name} cannot be asked: {found}"))

    @property
    def accounts(self) -> Sequence[Account]:
        """The accounts of the group."""
        return self._accounts

    @property
    def kind(self) -> Partner | None:
        """Whether all accounts are sellers' or vendors', as far as that is known without asking."""
        return _alike([member.kind for member in self.members])

    def _said_kind(self) -> Partner | None:
        return _alike([member._said_kind() for member in self.members])

    def each(self) -> Sequence[Connection]:
        """Return the connections of the accounts, those that can be read."""
        return self.members

    def of_account(self, name: str, context: Context) -> tuple[Statements, Context]:
        """Return what runs statements of one account, and the context in which it does."""
        found = next((a for a in self._accounts if a.name.lower() == name.lower()), None)
        if found is None:
            raise ProgrammingError(f"The group has no account {name}.{nearest(name, self._names)}")
        if not isinstance(found, Connection):
            raise ProgrammingError(f"The account {name} cannot be asked. See the connection's messages.")
        return found._statements, found.enter(context)

    def shops(self) -> tuple[Shop, ...]:
        """Ask Amazon where each account sells; one that does not answer raises."""
        return tuple(shop for member in self._all() for shop in member.shops())

    def test(self) -> tuple[str, ...]:
        """Ask Amazon for the marketplaces of each account; see `Connection.test`."""
        return tuple(dict.fromkeys(place for member in self._all() for place in member.test()))

    def _all(self) -> Iterator[Connection]:
        """Yield the connection of each account; raise where one cannot be read."""
        self.check_open()
        for account in self._accounts:
            if not isinstance(account, Connection):
                raise ProgrammingError(f"account {account.name}: it cannot be asked. See the connection's messages.")
            yield account

    def find(self, schema: str, name: str) -> Table | None:
        """Return a table as `Connection.find` does, with the column Account first."""
        found = super().find(schema, name)
        return of_group(found, self._names) if found is not None else None

    def _as_seen(self, table: Table) -> Table:
        seen = table
        for member in self.members:
            seen = member._as_seen(seen)
        return seen

    def _shown(self, table: Table) -> Table:
        return keyed_by_account(self._as_seen(table), self._names)

    def describe(self, schema: str, name: str) -> metadata.TableInfo | None:
        """Return a table as `Connection.describe` does, with the column Account first and in its keys."""
        known = super().describe(schema, name)
        found = registry.find(known.schema, known.name) if known is not None else None
        if known is None or found is None or not found.paths:
            return known
        info = metadata.info(keyed_by_account(self._as_seen(found), self._names))
        both = (
            replace(f, columns=(ACCOUNT, *f.columns), table_columns=(ACCOUNT, *f.table_columns))
            for f in known.foreign_keys
        )
        return replace(info, foreign_keys=tuple(both))

    def _quota(self) -> list[system.Row]:
        return [row for member in self.members for row in member._quota()]

    def _requests(self) -> list[RequestRecord]:
        return sorted((r for member in self.members for r in member._requests()), key=lambda r: r.time)

    def _states(self) -> list[StateFolder]:
        return list({id(member.runtime.state): member.runtime.state for member in self.members}.values())

    def prove(self) -> Iterator[Finding]:
        """Try each account, one after the other; what is found of it tells its name."""
        self.check_open()
        for account in self._accounts:
            for found in self._proof(account):
                yield Finding(f"{account.name}: {found.item}", found.state, found.detail)

    @staticmethod
    def _proof(account: Account) -> Iterator[Finding]:
        if isinstance(account, Unusable):
            yield Finding("Connection", FAILED, str(account.error))
        elif isinstance(account, Connection):
            try:
                account.settings.check_credentials()
            except ProgrammingError as error:
                yield Finding("Connection", FAILED, str(error))
            else:
                yield from account.prove()

    def places(self, context: Context | None) -> Places:
        """Return where rows may come from: whatever any account takes part in."""
        each: list[Places] = []
        for member in self.members:
            # One that does not answer is left out when the statement is planned.
            with suppress(*(() if context is None else (DatabaseError,))):
                each.append(member.places(context))
        ids = tuple(dict.fromkeys(i for place in each for i in place.marketplaces or ()))
        known = all(place.marketplaces is not None for place in each)
        regions = {place.region for place in each}
        return Places(ids if known else None, regions.pop() if len(regions) == 1 else None)

    def situation(self, bound: Bound, context: Context | None) -> Situation:
        """Return what the planner must know of the first account that answers."""
        error: DatabaseError = ProgrammingError("No account of the group can be asked.")
        for member in self.members:
            try:
                return member.situation(bound, context)
            except DatabaseError as refused:
                error = refused
        raise error


def _twice(accounts: Sequence[Settings]) -> Iterator[str]:
    """Yield a warning for each connection that is the same account as one before it."""
    first: dict[Secret, str] = {}
    for settings in accounts:
        token = settings.oauth_refresh_token
        before = first.setdefault(token, settings.account) if token else settings.account
        if before != settings.account:
            yield (
                f"{settings.account} has the refresh token of {before}: it is the same account, and each of its rows"
                " comes twice. Take one of the two out of the group."
            )


def _alike(kinds: Sequence[Partner | None]) -> Partner | None:
    return kinds[0] if kinds and all(kind == kinds[0] for kind in kinds) else None
