"""Marketplaces: every spelling, the refusals, and the reference's own list."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from amzsql import marketplaces as mp
from amzsql.errors import NotSupportedError, ProgrammingError

REFERENCE = Path(__file__).parents[2] / "shared" / "reference" / "connector.json"


@pytest.mark.parametrize("marketplace", mp.MARKETPLACES, ids=lambda m: m.country)
def test_each_is_found_by_every_spelling(marketplace: mp.Marketplace) -> None:
    spellings = (marketplace.name, marketplace.country, marketplace.id, marketplace.sales_channel, *marketplace.aliases)
    for text in spellings:
        for variant in (text, text.upper(), text.lower(), f"  {text} ", text.replace(" ", "")):
            assert mp.find(variant) is marketplace


def test_no_two_share_a_spelling() -> None:
    spellings = [mp._key(s) for m in mp.MARKETPLACES for s in {m.name, m.country, m.id, m.sales_channel, *m.aliases}]
    assert len(spellings) == len(set(spellings))
    assert len(mp.MARKETPLACES) == 23


@pytest.mark.parametrize(
    ("text", "country"),
    [("Türkiye", "TR"), ("turkiye", "TR"), ("Turkey", "TR"), ("UK", "GB"), ("GB", "GB"), ("great britain", "GB"),
     ("Ireland", "IE"), ("ZA", "ZA"), ("usa", "US"), ("amazon.co.jp", "JP")],
)  # fmt: skip
def test_aliases(text: str, country: str) -> None:
    assert mp.find(text).country == country


@pytest.mark.parametrize("text", ["China", "CN", "cn", "AAHKV2X7AFYLW"])
def test_china_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(NotSupportedError, match=r"China has no Selling Partner API"):
        mp.find(text)


def test_unknown_names_the_nearest() -> None:
    with pytest.raises(ProgrammingError, match=r"Germny.*Did you mean Germany\?"):
        mp.find("Germny")
    with pytest.raises(ProgrammingError, match="Atlantis"):
        mp.parse("US, Atlantis")
    with pytest.raises(ProgrammingError):
        mp.find("")


def test_parse_keeps_order_and_drops_repeats() -> None:
    assert [m.country for m in mp.parse("FR, de,,France, A1F83G8C2ARO7P")] == ["FR", "DE", "GB"]
    assert mp.parse("") == ()


def test_region() -> None:
    assert mp.region_of(()) is None
    region = mp.region_of(mp.parse("DE,IN,ZA"))
    assert region is not None
    assert region.endpoint == "https://sellingpartnerapi-eu.amazon.com"
    assert region.sandbox_endpoint == "https://sandbox.sellingpartnerapi-eu.amazon.com"
    with pytest.raises(ProgrammingError, match=r"United States in North America; Germany in Europe.*group"):
        mp.region_of(mp.parse("US,DE"))


def test_by_id() -> None:
    us = mp.by_id("ATVPDKIKX0DER")
    assert us is not None
    assert us.country == "US"
    assert mp.by_id("A6W85IYQ5WB1C") is None


def test_zones_exist() -> None:
    for marketplace in mp.MARKETPLACES:
        assert ZoneInfo(marketplace.timezone).key == marketplace.timezone


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference's facts (../shared) are not beside this checkout")
def test_equal_to_the_reference() -> None:
    rows = json.loads(REFERENCE.read_text("utf-8"))["marketplaces"]
    assert {r["name"] for r in rows} == {m.name for m in mp.MARKETPLACES} | {"China"}
    for row in rows:
        if row["name"] == "China":
            assert row["marketplace_id"] == mp.CHINA_ID
            continue
        ours = mp.find(row["name"])
        assert (ours.id, ours.region) == (row["marketplace_id"], row["region"])
        assert mp.find(row["country"]) is ours
        assert mp.REGIONS[ours.region].endpoint == row["sp_api_endpoint"]
        assert mp.REGIONS[ours.region].sandbox_endpoint == row.get(
            "sandbox_endpoint", mp.REGIONS[ours.region].sandbox_endpoint
        )
