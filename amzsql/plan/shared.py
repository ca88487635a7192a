"""Pages that statements of the process have read a moment ago, or are reading: which of them serve a fetch.

A chain of pages serves if it has all rows that are asked for: by the same parameters, or by such as contain them, where
the engine cuts what is too much. Pure: `execute.shared_pages` tells what there is and asks by the same rules when a
fetch runs. Knows nothing of bodies, threads or time that passes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amzsql.spapi.model import Operation

Key = tuple[Any, ...]
_NOTHING = dt.timedelta(0)


@dataclass(frozen=True, slots=True)
class SharedChain:
    """A chain of pages as a planner is told of it.

    `parameters`: what it was asked with, without the page's size, its token and what is included; `assumed`: those of
    them that nobody said. `included`: the parts of the answer that were asked for. `kind`: the parts that a restricted
    data token opened, None where there was none. `pages` so far, of `size` rows; `as_of`: when the oldest was asked
    for. `complete`: they are all; `whole`: whoever is reading it reads all. `bound`: another scan's keys are in it.
    """

    number: int
    operation: tuple[str, str, str]
    parameters: Mapping[str, Any]
    included: frozenset[str] = frozenset()
    kind: tuple[str, ...] | None = None
    size: int | None = None
    pages: int = 0
    as_of: float = 0.0
    complete: bool = False
    whole: bool = False
    bound: bool = False
    assumed: frozenset[str] = frozenset()

    @property
    def has_all(self) -> bool:
        """Whether all of its rows are there, or come without being asked for."""
        return self.complete or self.whole


@dataclass(frozen=True, slots=True)
class Asked:
    """What a fetch asks for, or one chain of it: the parameters of each partition, as a `SharedChain` has them.

    `own`: parameters whose value the rows repeat. `cuts`: rows beyond those that are asked for are cut. `same`: more
    of them would do harm all the same, so that only chains that were asked for the same serve. `slack`: by so much an
    earlier lower bound is as good as the same: times that are told from now move.
    """

    operation: Operation
    partitions: Sequence[Mapping[str, Any]]
    included: frozenset[str] = frozenset()
    kind: tuple[str, ...] | None = None
    size: int | None = None
    own: frozenset[str] = frozenset()
    assumed: frozenset[str] = frozenset()
    cuts: bool = True
    same: bool = False
    slack: dt.timedelta = _NOTHING

    @property
    def widely(self) -> bool:
        """Whether rows beyond those that are asked for do no harm."""
        return self.cuts and not self.same


@dataclass(frozen=True, slots=True)
class Served:
    """Which chain gives each partition of a fetch, by its number. `alone`: one chain gives all of them.

    `wider`: there may be rows beyond those that are asked for, which the engine must cut.
    """

    parts: Mapping[int, SharedChain]
    alone: bool = False
    wider: bool = False


@dataclass(frozen=True, slots=True)
class Sharing:
    """How the pages of a fetch are shared: see `Asked`. `served`: by what there was when it was planned.

    `all_there`: by what there was no call is needed, nor is any waited for; `since`: when the oldest of it was read.
    """

    own: frozenset[str] = frozenset()
    assumed: frozenset[str] = frozenset()
    same: bool = False
    kind: tuple[str, ...] | None = None
    served: Served | None = None
    all_there: bool = False
    since: float | None = None


@dataclass(frozen=True)
class Known:
    """The chains that a planner may count on; `seconds`: for how long pages are shared.

    `bound`: (`bound_name`, the chains whose rows have its keys) of each bound fetch that was read to its end and of
    which all chains are there, with when the oldest of its pages was asked for.
    """

    seconds: float
    chains: tuple[SharedChain, ...] = ()
    bound: Mapping[tuple[Key, frozenset[int]], float] = field(default_factory=dict, hash=False)

    def serving(self, asked: Asked) -> Served | None:
        """Return what serves a fetch, None if nothing does."""
        return serving(asked, [c for c in self.chains if c.operation == asked.operation.key])


def bound_name(
    signature: str, where: Iterable[tuple[str, Any]], included: Iterable[str], kind: tuple[str, ...] | None
) -> Key:
    """Return what tells a bound fetch from others, but for its driver's chains; `where`: of which of their rows."""
    return signature, tuple(where), frozenset(included), kind


def times(operation: Operation) -> tuple[frozenset[str], frozenset[str]]:
    """Return the parameters that are lower and upper bounds of a time."""
    after = frozenset(w.after for w in operation.windows if w.after and w.after != w.before)
    before = frozenset(w.before for w in operation.windows if w.before and w.after != w.before)
    return after, before


def key_of(operation: Operation, parameters: Mapping[str, Any], assumed: frozenset[str]) -> Key:
    """Return what two chains of an operation have in common that differ in nothing but their times."""
    after, before = times(operation)
    others = ((n, v) for n, v in parameters.items() if n not in after | before | assumed)
    return tuple(sorted((n, frozenset(v) if isinstance(v, tuple) else v) for n, v in others)) if parameters else ()


def serving(asked: Asked, chains: Iterable[SharedChain]) -> Served | None:
    """Return which of an operation's chains serve a fetch, None if none does.

    One chain that has the rows of all partitions is read in place of all; else each partition is looked for by itself.
    A chain with more than a partition's rows is then taken only where no other partition could have the same rows, or
    they would come twice.
    """
    fitting = [c for c in chains if _fits(c, asked)]
    if not fitting:
        return None
    one = _for_all(asked, fitting)
    if one is not None:
        return Served({0: one}, alone=True, wider=not all(_is_same(one, p, asked, _NOTHING) for p in asked.partitions))
    if len(asked.partitions) == 1:
        return None
    found: dict[int, SharedChain] = {}
    wider = False
    keys = [key_of(asked.operation, p, asked.assumed) for p in asked.partitions]
    for number, wanted in enumerate(asked.partitions):
        lone = keys.count(keys[number]) == 1
        chain = _best(_for_one(wanted, asked, fitting, in_time=lone))
        if chain is not None and all(chain.number != c.number for c in found.values()):
            found[number] = chain
            wider = wider or not _is_same(chain, wanted, asked, _NOTHING)
    return Served(found, wider=wider) if found else None


def _fits(chain: SharedChain, asked: Asked) -> bool:
    """Tell whether a chain's answers hold what is read of them, and go on in pages as large as are asked for."""
    if chain.kind != asked.kind or not asked.included <= chain.included:
        return False
    return chain.complete or (chain.size or 0) >= (asked.size or 0)


def _for_all(asked: Asked, chains: Sequence[SharedChain]) -> SharedChain | None:
    """Return the chain that has the rows of all partitions."""
    if len(asked.partitions) == 1:
        return _best(_for_one(asked.partitions[0], asked, chains, in_time=True, in_all=True))
    if not asked.widely:
        return None
    return _best(c for c in chains if c.has_all and not c.bound and all(_holds(c, p, asked) for p in asked.partitions))


def _for_one(
    wanted: Mapping[str, Any], asked: Asked, chains: Sequence[SharedChain], *, in_time: bool, in_all: bool = False
) -> Iterator[SharedChain]:
    """Yield the chains that have a partition's rows: the same, or a longer time's, or more of anything (`in_all`)."""
    for chain in chains:
        if _is_same(chain, wanted, asked, asked.slack if asked.cuts else _NOTHING):
            yield chain
        elif in_time and asked.widely and chain.has_all and not chain.bound and _holds(chain, wanted, asked):
            ours = key_of(asked.operation, wanted, asked.assumed)
            if in_all or ours == key_of(asked.operation, chain.parameters, chain.assumed):
                yield chain


def _best(chains: Iterable[SharedChain]) -> SharedChain | None:
    """Return the chain that has all its rows, else whose rows are coming, with few pages; else that goes furthest."""
    ranked = sorted(chains, key=lambda c: (not c.complete, not c.whole, c.pages if c.has_all else -c.pages, -c.as_of))
    return ranked[0] if ranked else None


def _is_same(chain: SharedChain, wanted: Mapping[str, Any], asked: Asked, slack: dt.timedelta) -> bool:
    """Tell whether a chain was asked for just that: lists in any order, times that nobody said whatever they are.

    `slack` is for bounds that cut rows: where rows repeat the bound itself, another one's rows have another value.
    """
    mine = chain.parameters
    if mine.keys() != wanted.keys():
        return False
    after, _ = times(asked.operation)
    moving, skipped = after - asked.own, asked.assumed & chain.assumed
    return all(_same(mine[n], v, slack if n in moving else _NOTHING) for n, v in wanted.items() if n not in skipped)


def _same(mine: Any, wanted: Any, slack: dt.timedelta) -> bool:
    if isinstance(mine, tuple) and isinstance(wanted, tuple):
        return set(mine) == set(wanted)
    if slack and isinstance(mine, dt.datetime) and isinstance(wanted, dt.datetime):
        return _NOTHING <= wanted - mine <= slack
    return bool(mine == wanted)


def _holds(chain: SharedChain, wanted: Mapping[str, Any], asked: Asked) -> bool:
    same = chain.assumed & asked.assumed
    # What nobody said on either side was each time the same but for the moment.
    mine = {n: wanted[n] if n in same and n in wanted else v for n, v in chain.parameters.items()}
    return contains(asked.operation, asked.own, mine, wanted)


def contains(operation: Operation, own: Iterable[str], outer: Mapping[str, Any], inner: Mapping[str, Any]) -> bool:
    """Tell whether what is asked by some parameters has all rows of what is asked by others."""
    # A pseudo-column has the value that was asked for: another request's rows would have another, or none.
    if any(outer.get(name) != inner.get(name) for name in own):
        return False
    # Without a bound Amazon begins at one of its own, which is later than any that is asked for.
    if any(w.unasked is not None and w.after not in outer and w.after in inner for w in operation.windows):
        return False
    after, before = times(operation)
    for name, value in outer.items():
        if name not in inner:
            return False
        mine = inner[name]
        if name in after:
            if mine < value:
                return False
        elif name in before:
            if mine > value:
                return False
        elif isinstance(value, tuple) and isinstance(mine, tuple):
            if not set(mine) <= set(value):
                return False
        elif mine != value:
            return False
    return True
