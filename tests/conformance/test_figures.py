"""The figures that are counts: calls of the benchmark questions, none of them refused."""

from __future__ import annotations

import pytest

from benchmarks.calls import ask, connected
from benchmarks.questions import QUESTIONS, Question

# Calls at most, on the default seller of 2,000 orders (1,605 of them in the US) or as the question says.
MOST = {
    "Q2 order items of 30 days": 17,
    "Q2 order items of 180 days": 97,
    "Q3 FBA inventory now": 60,
    "Q4 featured price of 1,000 ASINs": 50,
    "Q6 listings with issues": 3,
    "Q8 orders, items and catalog of 30 days": 27,
    "Q9 SELECT * FROM Orders LIMIT 10": 1,
    "Q9b SELECT * FROM OrderItems LIMIT 10": 1,
    "Q10 orders by status, 30 days": 17,
    "Q11 what changed within the last hour": 2,
    "Q12 unshipped orders now, three marketplaces": 1,
    "fees by SKU of 14 days": 10,
    "2,000 orders of 30 days joined to their items": 21,
    "a self-join: each page once": 17,
    "a CTE used twice: each page once": 17,
    "120 orders by id": 3,
    "120 orders by id, after Orders v0": 120,
}


def test_every_question_has_its_figure() -> None:
    assert MOST.keys() == {q.name for q in QUESTIONS}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_calls(question: Question) -> None:
    answer = ask(question)
    assert answer.refused == 0
    assert answer.calls <= MOST[question.name], answer.by_operation
    assert answer.rows > 0
    told, basis = answer.explained
    if question.exact:
        assert told == answer.calls == question.requests
        # Under a LIMIT it is at most one page of so many rows; one request it is in any case.
        assert basis == "exact" or (basis == "at most" and told == 1)
    if question.today > "2027-03-27":
        assert not [name for name in answer.by_operation if name.startswith("ordersV0.")]


def test_the_first_page_is_of_the_size_of_the_limit() -> None:
    question = next(q for q in QUESTIONS if q.name.startswith("Q9 "))
    connection = connected(question)
    connection.cursor().execute(question.sql)
    (record,) = [r for r in connection.runtime.simulator.log if r.path != "/auth/o2/token"]
    assert record.query.get("maxResultsPerPage", record.query.get("MaxResultsPerPage")) == "10"


def test_the_first_row_of_an_unlimited_scan_comes_after_one_page() -> None:
    question = next(q for q in QUESTIONS if q.name.startswith("Q9 "))
    connection = connected(question)
    cursor = connection.cursor().execute("SELECT * FROM Orders")
    assert cursor.fetchone() is not None
    assert cursor.stats is not None
    assert cursor.stats.requests == 1
    cursor.close()
