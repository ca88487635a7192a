"""What to do about an answer of 403: whose role is missing, as far as the facts know.

Knows what opens an operation; sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from amzsql.spapi import roles
from amzsql.spapi.roles import Grant

# What the request is for decides beside the operation: the roles of a report type are among those of createReport.
_TYPES: Mapping[str, tuple[str, Callable[[str], Grant]]] = {
    "reportType": ("report type", roles.of_report),
    "feedType": ("feed type", roles.of_feed),
    "notificationType": ("notification type", roles.of_notification),
}
_LATER = (
    "A role that was added later counts only after the seller has authorised the application again, which gives a new "
    "refresh token."
)
_REGION = "The endpoint may also be another region's than the refresh token's."


def missing_role(operation: str, parameters: Mapping[str, object]) -> str:
    """Return the hint at the role that opens an operation, or what its parameters ask it for.

    A guessed role is said to be likely; of what is not known it is said that it is not.
    """
    what, grant = operation, roles.of_operation(operation)
    for subject, found in _asked(parameters):
        if found.roles:
            what, grant = subject, found
    return f"{_needed(what, grant)} {_LATER} {_REGION}"


def _asked(parameters: Mapping[str, object]) -> Iterator[tuple[str, Grant]]:
    """Yield the types of documents and notifications that a request names, in its body or beside it."""
    for values in (parameters, *(v for v in parameters.values() if isinstance(v, Mapping))):
        for name, (kind, find) in _TYPES.items():
            if isinstance(asked := values.get(name), str):
                yield f"the {kind} {asked}", find(asked)


def _needed(what: str, grant: Grant) -> str:
    if not grant.roles:
        return f"The application may lack the role for this operation: which one opens {what} is not known."
    one_of = "the role" if len(grant.roles) == 1 else "one of the roles"
    if grant.guess:
        return f"The application may lack a role: {what} probably needs {one_of} {_listed(grant.roles)} (a guess)."
    return f"The application may lack a role: {what} needs {one_of} {_listed(grant.roles)}."


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
