"""A report is found, or ordered once; waited for on the clock; and remembered by whoever asks next."""

from __future__ import annotations


from reporting import OCTOBER, desk


def test_a_report_is_ordered_waited_for_and_read() -> None:
    d = desk()
    with d.clock.actor():
        report = d.reports().obtain(OCTOBER)
        text = d.read(report).decode("cp1252")
    assert text.startswith("amazon-order-id\t")
    assert d.asked()[:2] == ["getReports", "createReport"]
    assert 1 <= len(d.asked("getReport")) <= 8
