"""Domains against brute force over a small universe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amzsql.sql.predicate import ANY, NOTHING, Domain, KeyOf, conjunction, disjunction, same_row

UNIVERSE = range(-1, 8)
numbers = st.integers(0, 6)
ends = st.none() | numbers
ranges = st.builds(
    lambda low, a, high, b, null: Domain(None, low, a and low is not None, high, b and high is not None, null),
    ends,
    st.booleans(),
    ends,
    st.booleans(),
    st.booleans(),
)
lists = st.builds(lambda v, null: Domain(values=frozenset(v), null=null), st.lists(numbers, max_size=4), st.booleans())
domains = ranges | lists


def members(domain: Domain) -> set[int | None]:
    found: set[int | None] = {v for v in UNIVERSE if domain.holds(v)}
    return found | ({None} if domain.null else set())


@given(domains, domains)
def test_and_is_the_intersection(one: Domain, two: Domain) -> None:
    assert members(one & two) == members(one) & members(two)


elements = lists.map(lambda d: Domain(values=d.values, some=True))


def meets(values: frozenset[int], domain: Domain) -> bool:
    """Tell whether a list of values has one that the domain names."""
    return bool(values & (domain.values or frozenset()))


@given(st.frozensets(numbers), elements, elements)
def test_lists_that_meet_both_conditions_meet_what_is_kept(row: frozenset[int], one: Domain, two: Domain) -> None:
    assert (one & two).some
    assert (one | two).some
    if meets(row, one) and meets(row, two):
        assert meets(row, one & two)
    assert meets(row, one | two) == (meets(row, one) or meets(row, two))


@given(domains, domains)
def test_or_holds_the_union(one: Domain, two: Domain) -> None:
    both = members(one | two)
    assert both >= members(one) | members(two)
    if one.values is not None and two.values is not None:
        assert both == members(one) | members(two)


@given(domains)
def test_a_hull_is_a_range_that_holds_all(domain: Domain) -> None:
    assert members(domain.hull()) >= members(domain)
    assert domain.hull().values in (None, frozenset())


@given(domains)
def test_an_empty_domain_has_no_members(domain: Domain) -> None:
    if domain.is_empty:
        assert not members(domain)


@given(domains)
def test_any_and_nothing(domain: Domain) -> None:
    assert members(ANY & domain) == members(domain)
    assert not members(NOTHING & domain) - {None}


def test_keys_add_up_in_and_and_meet_in_or() -> None:
    one, two = Domain(keys=frozenset({KeyOf(0, "A")})), Domain(keys=frozenset({KeyOf(0, "A"), KeyOf(1, "B")}))
    assert (one & two).keys == two.keys
    assert (one | two).keys == one.keys
    assert not one.is_any


def test_keys_stand_together_in_one_row_of_one_mention() -> None:
    def keyed(*keys: KeyOf) -> Domain:
        return Domain(keys=frozenset(keys))

    pairs = [("a", "A"), ("b", "B")]
    together = {"a": keyed(KeyOf(0, "A", 1), KeyOf(0, "A", 2)), "b": keyed(KeyOf(0, "B", 2), KeyOf(3, "B", 4))}
    apart = {"a": keyed(KeyOf(0, "A", 1)), "b": keyed(KeyOf(0, "B", 2))}
    assert (same_row(together, 0, pairs), same_row(apart, 0, pairs), same_row(together, 3, pairs)) == (
        True,
        False,
        False,
    )
    assert same_row(apart, 0, pairs[:1])
    assert not same_row(apart, 0, [])
    either = {c: together[c] | apart[c] for c in together}
    assert either["b"].keys == {KeyOf(0, "B", 2)}
    assert not same_row({**apart, "a": keyed(KeyOf(0, "A"))}, 0, pairs)
    assert (keyed(KeyOf(0, "A", 1)) | keyed(KeyOf(0, "A", 2))).keys == {KeyOf(0, "A")}


def test_sets_of_domains() -> None:
    one, two = {"a": Domain.of(1), "b": Domain.of(2)}, {"b": Domain.of(3), "c": Domain.of(4)}
    assert conjunction(one, two) == {"a": Domain.of(1), "b": NOTHING, "c": Domain.of(4)}
    assert disjunction(one, two) == {"b": Domain.of(2, 3)}
