"""What Amazon says of an operation, as frozen values. Facts only: nothing here knows of SQL or of a connection.

What there are thousands of is a `Record`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from amzsql.spapi.records import Record

Location = Literal["path", "query", "header", "body"]
PagingStyle = Literal["token", "offset"]
Partner = Literal["seller", "vendor"]


class Field(Record, frozen=True):
    """A leaf of a request or response body.

    `path` is dotted, `[]` marks an array (``payload.Orders[].OrderTotal.Amount``); within an operation's fields it is
    relative to a row. `type` is string, integer, number, boolean, array or object; object and array leaves are
    free-form or recursive.
    """

    path: str
    type: str
    format: str | None = None
    enum: tuple[str, ...] = ()


class Shape(Record, frozen=True):
    """A schema with its nesting: what a body is generated from and validated by.

    `type` is object, array, string, integer, number, boolean or any. `name` is the name of the type, if it has one; a
    named type inside another stands as its bare name (`properties` empty, `type` "ref"): look it up in the API's types,
    so that recursive types are finite. `items` is an array's, `values` a map's.
    """

    type: str
    name: str | None = None
    format: str | None = None
    enum: tuple[str, ...] = ()
    properties: tuple[tuple[str, Shape], ...] = ()
    required: tuple[str, ...] = ()
    items: Shape | None = None
    values: Shape | None = None
    min_items: int | None = None
    max_items: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    multiple_of: int | None = None
    unique: bool = False

    def property(self, name: str) -> Shape | None:
        """Return the property of that name, or None."""
        return next((s for n, s in self.properties if n == name), None)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation. Type array has `item_type`; `style` is csv or multi; `fields` is a body's leaves."""

    name: str
    location: Location
    type: str
    required: bool = False
    format: str | None = None
    item_type: str | None = None
    style: str | None = None
    enum: tuple[str, ...] = ()
    min_items: int | None = None
    max_items: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    multiple_of: int | None = None
    unique: bool = False
    default: str | None = None
    fields: tuple[Field, ...] = ()
    required_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `rate` calls a second, `burst` calls at once. `known` is False where Amazon states none."""

    rate: float
    burst: int
    known: bool = True


@dataclass(frozen=True, slots=True)
class Paging:
    """How an operation hands out its rows in pages.

    token: `token_in` is the request's parameter, `token_out` the path of the next token in the body. `alone`: the token
    must come without the other parameters. `keep`: those that go with it nevertheless (all of them unless `alone`).
    `extra`: fixed parameters that accompany a token. `token_life`: seconds that a token lives, if Amazon says.
    `max_rows`: rows that can be paged in all. `next_operation`: the operation id that takes the token, where it is
    another one. offset: `token_in` is the offset's path in the body.
    """

    style: PagingStyle
    token_in: str = ""
    token_in_location: Location = "query"
    token_out: str = ""
    size: str | None = None
    size_default: int | None = None
    size_max: int | None = None
    alone: bool = False
    keep: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    token_life: float | None = None
    max_rows: int | None = None
    next_operation: str | None = None

    @property
    def token_parameter(self) -> str:
        """The parameter that takes the token or the offset: in a body, its field by its path."""
        return f"body.{self.token_in}" if self.token_in_location == "body" else self.token_in

    @property
    def size_parameter(self) -> str | None:
        """The parameter that takes the rows of a page, if there is one."""
        return f"body.{self.size}" if self.size and self.token_in_location == "body" else self.size


@dataclass(frozen=True, slots=True)
class Window:
    """A limit on a pair of time parameters (either may be absent: None).

    `longest`: seconds between the two that Amazon answers; `horizon`: seconds before now that it reaches back;
    `lag`: seconds before now that the upper bound must lie. `silent`: past the limit Amazon answers empty, not with an
    error. `unasked`: seconds before now at which Amazon begins where a request names no lower bound. `when`: the limit
    holds only where a parameter has this value (``granularity=Hour``). The two names are the same where one parameter
    holds both times (``start--end``).
    """

    after: str | None
    before: str | None
    longest: float | None = None
    horizon: float | None = None
    lag: float = 0.0
    silent: bool = False
    when: str | None = None
    unasked: float | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One of Amazon's calls. Its key is (api, method, path); `name` (api.operationId) is its spelling for people.

    Where the rows are: `row_kind` none (no body), object (one row at `row_path`), array (`row_path` ends in ``[]``),
    multi (several arrays, `multi_rows`; `row_path` is the first), scalars (an array of scalars), scalar, map.
    `fields` is all below a row, relative to it; `parent_fields` what stands beside the rows, relative to what holds
    them; `root_fields` the whole answer outside the rows, from its root, page tokens included.

    `source`: where the facts come from, if not from Amazon's model. `any_of`: of each group at least one parameter must
    be given; `exclusive`: of each group at most one. `needs`: the first, a parameter or ``parameter=value``, is refused
    without the second. `body_fields`: of a read with a body, the body's fields as parameters by their path
    (``body.requests[].asin``). `elements`: the fields of an answer for which a restricted data token is asked one by
    one, where it is not asked for the whole. `personal`: kinds of personal data in the answer, and the roles of which
    one must be held to see it; the roles that open the operation are those of `spapi.roles`.
    """

    api: str
    version: str
    operation_id: str
    method: str
    path: str
    rate: Rate
    parameters: tuple[Parameter, ...] = ()
    paging: Paging | None = None
    row_kind: str = "none"
    row_path: str = ""
    row_type: str | None = None
    fields: tuple[Field, ...] = ()
    parent_fields: tuple[Field, ...] = ()
    response_type: str | None = None
    success: tuple[int, ...] = (200,)
    read: bool = True
    restricted: str | None = None
    grantless: str | None = None
    deprecated: bool = False
    removed: date | None = None
    sandbox_only: bool = False
    windows: tuple[Window, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()
    personal: tuple[tuple[str, tuple[str, ...]], ...] = ()
    body_schema: str | None = None
    multi_rows: tuple[str, ...] = field(default=())
    root_fields: tuple[Field, ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    source: str = ""
    body_fields: tuple[Parameter, ...] = ()
    elements: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The operation as people write it, such as ``ordersV0.getOrders``."""
        return f"{self.api}.{self.operation_id}"

    @property
    def key(self) -> tuple[str, str, str]:
        """The unique key: (api, method, path)."""
        return (self.api, self.method, self.path)

    def parameter(self, name: str) -> Parameter:
        """Return the parameter, or the body's field, of that name; KeyError if the operation has none."""
        for parameter in (*self.parameters, *self.body_fields):
            if parameter.name == name:
                return parameter
        raise KeyError(f"{self.name} has no parameter {name}")

    def has_parameter(self, name: str) -> bool:
        """Tell whether the operation has a parameter of that name."""
        return any(p.name == name for p in (*self.parameters, *self.body_fields))

    def is_removed(self, on: date) -> bool:
        """Tell whether Amazon has removed the operation by that day."""
        return self.removed is not None and on >= self.removed
