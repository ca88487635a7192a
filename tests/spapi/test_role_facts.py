"""Roles: what the facts say of an operation or a document's type, where it comes from, and how it is drawn."""

from __future__ import annotations

import copy
import csv
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from amzsql import spapi
from amzsql.spapi import harvest, harvest_roles, roles
from amzsql.spapi.document_types import feed_types, report_types

GATHERED = Path(__file__).parents[3] / "shared" / "spapi" / "roles.tsv"
needs_gathered = pytest.mark.skipif(not GATHERED.is_file(), reason="needs the roles gathered in ../shared")
FIND: dict[str, Callable[[str], roles.Grant]] = {
    "report": roles.of_report,
    "feed": roles.of_feed,
    "notification": roles.of_notification,
}


def names() -> set[str]:
    return {o.name for o in spapi.all_operations()}


def test_known_guessed_and_unknown() -> None:
    known = roles.of_operation("fbaInventory.getInventorySummaries")
    assert known.roles == ("Amazon Fulfillment", "Product Listing")
    assert (known.source, known.guess, known.as_of, known.regions) == ("guide", "", "2022-01-06", ("NA",))
    guessed = roles.of_operation("finances_2024-06-19.listTransactions")
    assert (guessed.roles, guessed.guess, guessed.source) == (("Finance and Accounting",), "as Finances v0", "")
    assert roles.of_operation("services.getServiceJobs") == roles.of_operation("nothing.at_all") == roles.Grant()


def test_an_operation_that_needs_its_path_to_be_named_has_its_roles() -> None:
    spelt = "shippingV2.linkCarrierAccount PUT /shipping/v2/carrierAccounts/{carrierId}"
    assert roles.of_operation(spelt) == roles.of_operation("shippingV2.linkCarrierAccount") != roles.UNKNOWN


def test_types_of_documents_and_notifications() -> None:
    assert roles.of_report("GET_SALES_AND_TRAFFIC_REPORT").roles == ("Brand Analytics",)
    assert roles.of_feed("UPLOAD_VAT_INVOICE").regions == ("EU",)
    assert roles.of_notification("ANY_OFFER_CHANGED").roles == ("Pricing",)
    assert roles.of_report("ANY_OFFER_CHANGED") == roles.UNKNOWN


def test_what_the_application_asks_in_its_own_name_has_no_role() -> None:
    assert [o.name for o in spapi.all_operations() if o.grantless and roles.of_operation(o.name).roles] == []


def test_personal_data_is_shown_by_roles_that_there_are() -> None:
    known = {r for o in spapi.all_operations() for r in roles.of_operation(o.name).roles}
    personal = {r for o in spapi.all_operations() for _, names in o.personal for r in names}
    assert len(personal) == 3
    assert personal < known


def test_the_committed_facts_are_drawn_from_the_committed_source() -> None:
    assert (harvest.FACTS / "roles.json").read_text(encoding="utf-8") == harvest_roles.text(names())


def test_the_order_of_names_in_the_source_changes_nothing() -> None:
    document = tomllib.loads(harvest_roles.ROLES.read_text(encoding="utf-8"))
    turned = copy.deepcopy(document)
    for entry in turned["entry"]:
        for kind in harvest_roles.KINDS:
            entry.get(kind, []).reverse()
        entry["operations"] = {k: v[::-1] for k, v in reversed(entry.get("operations", {}).items())}
    drawn = harvest_roles.written(harvest_roles.harvest(document, names()))
    assert drawn == harvest_roles.written(harvest_roles.harvest(turned, names()))


SOUND: dict[str, Any] = {"roles": ["Pricing"], "source": "docs", "operations": {"a": ["b"]}}


@pytest.mark.parametrize(
    ("entries", "error", "told"),
    [
        ([SOUND | {"operations": {"a": ["c"]}}], LookupError, "no model has: a.c"),
        ([SOUND, SOUND], ValueError, "two entries give roles to operations.a.b"),
        ([SOUND | {"reports": ["X"]}, SOUND | {"operations": {}, "reports": ["X"]}], ValueError, "reports.X"),
        ([SOUND | {"roles": []}], ValueError, "names no role"),
        ([SOUND | {"source": "hearsay"}], ValueError, "Pricing has neither a source"),
        ([SOUND | {"guess": "as a"}], ValueError, "or both"),
        ([{k: v for k, v in SOUND.items() if k != "source"}], ValueError, "nor a guess"),
        ([SOUND | {"regions": ["US"]}], ValueError, "unknown region"),
        ([SOUND | {"report": ["X"]}], ValueError, "has report"),
    ],
)
def test_a_wrong_source_is_refused(entries: list[dict[str, Any]], error: type[Exception], told: str) -> None:
    harvest_roles.harvest({"entry": [SOUND]}, {"a.b"})
    with pytest.raises(error, match=told):
        harvest_roles.harvest({"entry": entries}, {"a.b"})


def test_roles_are_read_only_when_asked_for() -> None:
    # In a process of its own: this one has read them.
    program = """
import sys
opened = []
sys.addaudithook(lambda event, a: opened.append(str(a[0])) if event == "open" else None)
import amzsql, warnings
warnings.simplefilter("ignore")
cursor = amzsql.connect("Simulator=orders=20", Marketplace="US").cursor()
cursor.execute("SELECT * FROM Orders LIMIT 1").fetchall()
assert cursor.connection.messages, "no warning of masked columns"
print(sum(name.endswith("roles.json") for name in opened))
assert "amzsql.spapi.roles" not in sys.modules
cursor.execute("SELECT Roles FROM sys_accesspaths").fetchall()
print(sum(name.endswith("roles.json") for name in opened))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "1"]


def gathered() -> Iterator[dict[str, str]]:
    with GATHERED.open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines, delimiter="\t")


@needs_gathered
def test_facts_equal_the_gathered_roles() -> None:
    """Roles, age and regions are the same, and a guess is a guess; scopes of the application are no roles."""
    seen = set()
    for row in gathered():
        name = f"{row['api']}.{row['name']}"
        grant = roles.of_operation(name) if row["kind"] == "operation" else FIND[row["kind"]](row["name"])
        if row["roles"].startswith("(grantless: "):
            assert spapi.operation(name).grantless == row["roles"][len("(grantless: ") : -1]
            continue
        assert set(grant.roles) == set(row["roles"].split("|")), row
        assert bool(grant.guess) == row["source"].startswith("GUESS"), row
        assert grant.as_of == row["asof"], row
        assert set(grant.regions) == set(filter(None, row["regions"].split(", "))), row
        seen.add(("operation", name) if row["kind"] == "operation" else (row["kind"], row["name"]))
    assert {(kind, name) for kind, name in entries() if name not in NEWER} == seen


# Operations that no model has; the list was gathered by the models.
NEWER = {o.name for o in spapi.all_operations() if o.source}


def entries() -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of everything that the source gives roles to."""
    for entry in tomllib.loads(harvest_roles.ROLES.read_text(encoding="utf-8"))["entry"]:
        yield from (("operation", f"{api}.{n}") for api, found in entry.get("operations", {}).items() for n in found)
        yield from ((kind[:-1], name) for kind in harvest_roles.KINDS for name in entry.get(kind, ()))


# The gathered list takes the role for a mark of restricted data; the list of report types does not.
DOUBTFUL = {"SC_VAT_TAX_REPORT"}


@needs_gathered
def test_what_is_restricted_is_told_by_operations_and_types() -> None:
    types = {**report_types(), **feed_types()}
    for row in gathered():
        restricted = row["restricted"] == "y"
        if row["kind"] == "operation":
            found = [o for o in spapi.api(row["api"]).operations if o.operation_id == row["name"]]
            assert {o.restricted is not None for o in found} == {restricted}, row
        elif row["name"] not in DOUBTFUL:
            assert getattr(types.get(row["name"]), "restricted", False) == restricted, row
