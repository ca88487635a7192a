"""The cheapest combination of candidates, and whether another count would choose another."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from amzsql.errors import ProgrammingError
from amzsql.plan import cost
from amzsql.plan.candidates import Candidate
from amzsql.plan.drawing import draw
from amzsql.plan.nodes import Situation
from amzsql.sql.binding import Bound

_COMBINATIONS = 3000
_SCALES = (0.05, 20.0)


def cheapest(bound: Bound, choices: list[list[Candidate]], situation: Situation, scale: float) -> tuple[Candidate, ...]:
    """Return the combination of the fewest calls among those that take nearly the least time."""
    combinations = [c for c in _combinations(choices) if not _cyclic(c)]
    if not combinations:
        raise ProgrammingError("The statement's tables need one another's keys in a circle: add a filter on one.")
    fewest = min(sum(c.narrows for c in combination) for combination in combinations)
    combinations = [each for each in combinations if sum(c.narrows for c in each) == fewest]
    if len(combinations) == 1:
        return combinations[0]
    drawn = [draw(bound, c, situation, scale, final=False) for c in combinations]
    least = min(d.seconds for d in drawn)
    good = [n for n, d in enumerate(drawn) if cost.near(d.seconds, least)]
    return combinations[min(good, key=lambda n: (drawn[n].requests, drawn[n].rank, drawn[n].seconds))]


def _combinations(choices: list[list[Candidate]]) -> Iterator[tuple[Candidate, ...]]:
    """Yield every combination, or, where there are too many, those of the most promising candidates."""
    most = _COMBINATIONS // max(1, len(choices))
    while math.prod(len(c) for c in choices) > most:
        widest = max(choices, key=len)
        choices = [c[: max(1, len(c) - 1)] if c is widest else c for c in choices]
    yield from itertools.product(*choices)


def _cyclic(combination: Sequence[Candidate]) -> bool:
    asked = (pair for c in combination for pair in c.all_requests())
    binds = {number: request.bind.scan for number, request in asked if request.bind is not None}
    for start in binds:
        seen, at = set(), start
        while at in binds:
            if at in seen:
                return True
            seen.add(at)
            at = binds[at]
    return False


def is_undecided(
    bound: Bound, chosen: tuple[Candidate, ...], choices: list[list[Candidate]], situation: Situation
) -> bool:
    """Tell whether, with another count, another plan would be clearly faster than the chosen one."""
    for scale in _SCALES:
        best = draw(bound, cheapest(bound, choices, situation, scale), situation, scale, final=False)
        kept = draw(bound, chosen, situation, scale, final=False)
        if not cost.near(kept.seconds, best.seconds):
            return True
    return False
