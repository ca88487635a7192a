"""Reflection: what an Inspector says, and that it asks nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy import types as sqltypes

import amzsql
from amzsql_dialect import types


@pytest.fixture
def inspector(engine: sa.engine.Engine) -> Any:
    return sa.inspect(engine)


def test_reflecting_everything_asks_nothing(inspector: Any, engine: sa.engine.Engine, asked: Any) -> None:
    found = 0
    for schema in [None, *inspector.get_schema_names()]:
        for name in inspector.get_table_names(schema) + inspector.get_view_names(schema):
            assert inspector.get_columns(name, schema)
            inspector.get_pk_constraint(name, schema)
            inspector.get_foreign_keys(name, schema)
            inspector.get_table_comment(name, schema)
            assert inspector.get_indexes(name, schema) == []
            assert inspector.get_unique_constraints(name, schema) == []
            assert inspector.get_check_constraints(name, schema) == []
            assert inspector.has_table(name, schema)
            found += 1
    sa.MetaData().reflect(engine, views=True)
    assert found > 20
    assert asked() == []


def test_names(inspector: Any) -> None:
    assert inspector.default_schema_name == "SellingPartner"
    assert inspector.get_schema_names()[0] == "SellingPartner"
    assert {"Orders", "OrderItems", "InventorySupply"} <= set(inspector.get_table_names())
    assert inspector.get_table_names() == inspector.get_table_names("sellingpartner")
    assert inspector.get_table_names("nowhere") == []
    assert inspector.get_temp_table_names() == inspector.get_temp_view_names() == []


def test_every_name_stands_in_one_list(inspector: Any) -> None:
    for schema in inspector.get_schema_names():
        tables, views = inspector.get_table_names(schema), inspector.get_view_names(schema)
        assert sorted(tables + views) == sorted(amzsql.metadata.tables(schema))
        assert all(inspector.get_pk_constraint(name, schema)["constrained_columns"] for name in tables)
        assert not any(inspector.get_pk_constraint(name, schema)["constrained_columns"] for name in views)


def test_properties_narrow_the_lists(engine: sa.engine.Engine) -> None:
    narrow = sa.create_engine("amzsql://?Simulator=True&BrowsableSchemas=sellerCentral&Tables=orders,Feeds")
    inspector = sa.inspect(narrow)
    assert inspector.get_schema_names() == ["SellerCentral"]
    assert inspector.get_table_names() == ["Feeds", "Orders"]
    assert inspector.has_table("OrderItems")


@pytest.mark.parametrize(
    ("name", "schema", "there"),
    [
        ("Orders", None, True),
        ("orders", "SELLERCENTRAL", True),
        ("Orders", "Nowhere", False),
        ("Nothing", None, False),
        ("SELECT * FROM Orders WHERE x = 'a;b\"'", None, False),
        ("", None, False),
        ("Ord%", None, False),
        ("SellingPartner.Orders", None, False),
    ],
)
def test_has_table(inspector: Any, asked: Any, name: str, schema: str | None, there: bool) -> None:
    assert inspector.has_table(name, schema) is there
    assert asked() == []


def test_columns_have_types_and_comments(inspector: Any) -> None:
    columns = {c["name"]: c for c in inspector.get_columns("ORDERS")}
    assert isinstance(columns["AmazonOrderId"]["type"], sqltypes.VARCHAR)
    assert isinstance(columns["PurchaseDate"]["type"], sqltypes.DateTime)
    assert columns["PurchaseDate"]["type"].timezone is True
    amount = columns["OrderTotalAmount"]["type"]
    assert isinstance(amount, sqltypes.Numeric)
    assert (amount.precision, amount.scale, amount.asdecimal) == (18, 4, True)
    assert isinstance(columns["Programs"]["type"], types.JSON)
    assert "Shipped" in columns["OrderStatus"]["comment"]
    assert "Account" not in columns
    assert inspector.get_table_comment("Orders")["text"].startswith("One row per order")


@pytest.mark.parametrize("table", ["Orders", "OrderItems", "ListingsItemsIssues"])
def test_a_key_is_not_null(inspector: Any, table: str) -> None:
    key = inspector.get_pk_constraint(table)["constrained_columns"]
    assert [c["name"] for c in inspector.get_columns(table) if not c["nullable"]] == sorted(
        key, key=[c["name"] for c in inspector.get_columns(table)].index
    )


def test_every_type_of_the_catalog_is_known() -> None:
    for schema in amzsql.metadata.schemas():
        for name in amzsql.metadata.tables(schema):
            for column in amzsql.metadata.table(schema, name).columns:  # type: ignore[union-attr]
                assert not isinstance(types.of_name(column.type), sqltypes.NullType), column


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("BIGINT", sqltypes.BIGINT),
        ("DOUBLE", sqltypes.Float),
        ("BOOLEAN", sqltypes.BOOLEAN),
        ("DATE", sqltypes.DATE),
        ("DECIMAL(38,2)", sqltypes.DECIMAL),
        ("BLOB", sqltypes.LargeBinary),
        ("INTEGER[3]", sqltypes.ARRAY),
        ("STRUCT(a INTEGER)", sqltypes.NullType),
    ],
)
def test_types_of_names(name: str, kind: type) -> None:
    assert isinstance(types.of_name(name), kind)


def test_keys(inspector: Any) -> None:
    assert inspector.get_pk_constraint("OrderItems")["constrained_columns"] == ["AmazonOrderId", "OrderItemId"]
    (key,) = inspector.get_foreign_keys("OrderItems")
    assert (key["constrained_columns"], key["referred_table"], key["referred_columns"]) == (
        ["AmazonOrderId"],
        "Orders",
        ["AmazonOrderId"],
    )
    assert key["referred_schema"] is None
    (key,) = inspector.get_foreign_keys("OrderItems", "SellerCentral")
    assert key["referred_schema"] == "SellerCentral"


def test_what_does_not_exist_is_said_so(inspector: Any) -> None:
    with pytest.raises(exc.NoSuchTableError, match="Nothing"):
        inspector.get_columns("Nothing")
    with pytest.raises(exc.NoSuchTableError):
        inspector.get_indexes("Orders", "Nowhere")
    with pytest.raises(exc.NoSuchTableError):
        sa.Table("Nothing", sa.MetaData(), autoload_with=inspector.bind)


@pytest.mark.skipif(sa.__version__.startswith("1.4"), reason="2.0 brought get_multi")
def test_all_at_once(inspector: Any, asked: Any) -> None:
    from sqlalchemy.engine.reflection import ObjectKind, ObjectScope

    everything = inspector.get_multi_columns(kind=ObjectKind.ANY)
    assert {name for _, name in everything} == set(amzsql.metadata.tables("SellingPartner"))
    assert inspector.get_multi_columns(scope=ObjectScope.TEMPORARY) == {}
    assert set(inspector.get_multi_foreign_keys(filter_names=["OrderItems"])) == {(None, "OrderItems")}
    assert asked() == []


def test_metadata_finds_what_was_reflected(engine: sa.engine.Engine) -> None:
    found = sa.MetaData()
    found.reflect(engine, schema="SellerCentral", only=["OrderItems"])
    items = found.tables["SellerCentral.OrderItems"]
    assert [k.column.table.name for k in items.foreign_keys] == ["Orders"]
    assert [c.name for c in items.primary_key] == ["AmazonOrderId", "OrderItemId"]
