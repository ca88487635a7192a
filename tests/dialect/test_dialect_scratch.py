"""Schema Temp through SQLAlchemy: tables made, filled, changed and reflected, on a network that nobody asks."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc, orm

URL = "amzsql://?Simulator=orders=30,today=2026-11-21,seed=7"
Base: Any = orm.declarative_base()


class Shelf(Base):
    """A table with all that a column may have."""

    __tablename__ = "shelf"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(20), nullable=False)
    price = sa.Column(sa.Numeric(10, 2), sa.CheckConstraint("price > 0", name="paid"))
    at = sa.Column(sa.DateTime(timezone=True))
    tags = sa.Column(sa.JSON)
    kind = sa.Column(sa.String, server_default="plain")
    raw = sa.Column(sa.LargeBinary)
    books = orm.relationship("Book", back_populates="shelf")
    __table_args__ = (sa.UniqueConstraint("name", "kind", name="one_of_a_kind"),)


class Book(Base):
    """A child."""

    __tablename__ = "book"
    id = sa.Column(sa.BigInteger, primary_key=True)
    shelf_id = sa.Column(sa.Integer, sa.ForeignKey("shelf.id", name="stands_on"), index=True)
    shelf = orm.relationship("Shelf", back_populates="books")


@pytest.fixture
def temp() -> Iterator[sa.engine.Engine]:
    """An engine whose default schema is Temp."""
    made = sa.create_engine(f"{URL}&Schema=Temp")
    yield made
    made.dispose()


def test_an_orm_lives_in_temp(temp: sa.engine.Engine) -> None:
    Base.metadata.create_all(temp)
    Base.metadata.create_all(temp)
    noon = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    with orm.Session(temp) as session:
        first = Shelf(
            name="a", price=Decimal("1.50"), at=noon, tags={"x": [1, None]}, raw=b"\0\1", books=[Book(), Book()]
        )
        session.add_all([first, Shelf(name="b")])
        session.commit()
        found = session.query(Shelf).order_by(Shelf.id).all()
        assert [(s.id, s.name, s.kind, len(s.books)) for s in found] == [(1, "a", "plain", 2), (2, "b", "plain", 0)]
        assert (found[0].price, found[0].at, found[0].tags, found[0].raw) == (
            Decimal("1.50"),
            noon,
            {"x": [1, None]},
            b"\0\1",
        )
        found[0].name = "z"
        session.flush()
        session.rollback()
        assert session.query(Shelf).order_by(Shelf.name).first().name == "a"
        # The rows that the ORM counts on are counted.
        session.delete(session.query(Book).first())
        session.commit()
        assert session.execute(sa.update(Shelf).values(kind="other")).rowcount == 2
        session.commit()
        for wrong in (Shelf(name="b", kind="other"), Shelf(name="c", price=0), Shelf(name=None)):
            session.add(wrong)
            with pytest.raises(exc.IntegrityError):
                session.commit()
            session.rollback()
        assert (session.query(Shelf).count(), session.query(Book).count()) == (2, 1)
    Base.metadata.drop_all(temp)
    assert sa.inspect(temp).get_table_names() == []


def test_a_level_that_was_set_is_set_back(temp: sa.engine.Engine) -> None:
    with temp.connect() as connection:
        always = connection.execution_options(isolation_level="AUTOCOMMIT")
        driver = always.connection.dbapi_connection
        assert driver.autocommit
        assert temp.dialect.get_isolation_level(always.connection) == "AUTOCOMMIT"
        # 1.4 gives what the pool wraps around the driver's connection.
        temp.dialect.reset_isolation_level(always.connection)
        assert not driver.autocommit


def test_what_was_made_is_reflected(temp: sa.engine.Engine) -> None:
    Base.metadata.create_all(temp)
    inspector: Any = sa.inspect(temp)
    assert "Temp" in inspector.get_schema_names()
    assert inspector.get_table_names() == inspector.get_table_names("temp") == ["book", "shelf"]
    assert inspector.get_view_names() == []
    assert inspector.has_table("SHELF", "Temp")
    assert not inspector.has_table("Orders")
    columns = {c["name"]: c for c in inspector.get_columns("shelf")}
    assert (columns["id"]["autoincrement"], columns["id"]["nullable"], columns["name"]["nullable"]) == (
        True,
        False,
        False,
    )
    assert columns["kind"]["default"] == "'plain'"
    assert (str(columns["price"]["type"]), str(columns["at"]["type"])) == ("DECIMAL(10, 2)", "TIMESTAMP")
    assert inspector.get_pk_constraint("shelf")["constrained_columns"] == ["id"]
    assert [(u["name"], u["column_names"]) for u in inspector.get_unique_constraints("shelf")] == [
        ("one_of_a_kind", ["name", "kind"])
    ]
    assert [(c["name"], "price" in c["sqltext"]) for c in inspector.get_check_constraints("shelf")] == [("paid", True)]
    assert [(i["name"], i["column_names"], i["unique"]) for i in inspector.get_indexes("book")] == [
        ("ix_book_shelf_id", ["shelf_id"], False)
    ]
    (key,) = inspector.get_foreign_keys("book")
    assert (key["name"], key["referred_table"], key["referred_columns"]) == ("stands_on", "shelf", ["id"])
    copied = sa.MetaData()
    copied.reflect(temp)
    assert {t.name for t in copied.sorted_tables} == {"book", "shelf"}
    copied.drop_all(temp)
    copied.create_all(temp)
    with temp.begin() as connection:
        assert connection.execute(copied.tables["shelf"].insert().values(name="n")).inserted_primary_key[0] == 1


def test_an_engine_shares_temp_and_not_what_is_a_connections_own() -> None:
    engine, other = sa.create_engine(URL, future=True), sa.create_engine(URL, future=True)
    with engine.connect() as one, engine.connect() as two:
        one.execute(sa.text("CREATE TABLE t (a INTEGER)"))
        one.execute(sa.text("INSERT INTO t VALUES (:a)"), [{"a": 1}, {"a": 2}])
        one.execute(sa.text("CREATE TABLE Own#TEMP (a INTEGER, n INTEGER AUTOINCREMENT)"))
        one.execute(sa.text("INSERT INTO Own#TEMP (a) VALUES (1)"))
        assert not sa.inspect(two).has_table("t")
        one.commit()
        two.rollback()
        assert two.execute(sa.text("SELECT sum(a) FROM t")).scalar() == 3
        assert sa.inspect(one).get_temp_table_names() == ["Own#TEMP"]
        assert sa.inspect(one).has_table("own#temp")
        assert sa.inspect(two).get_temp_table_names() == []
    # Whoever gets the connection next does not get the rows: they might be sent to Amazon again.
    with engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            connection.rollback()
            assert sa.inspect(connection).get_temp_table_names() == []
        assert "t" in sa.inspect(one).get_table_names()
        assert "t" not in sa.inspect(one).get_table_names("SellingPartner")
    with other.connect() as apart:
        assert not sa.inspect(apart).has_table("t")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as one:
        one.execute(sa.text("DELETE FROM t"))
        one.rollback()
    with engine.connect() as one:
        assert one.execute(sa.text("SELECT count(*) FROM t")).scalar() == 0


@pytest.mark.parametrize("schema", [None, "Temp"])
def test_a_frame_is_written(schema: str | None) -> None:
    pd = pytest.importorskip("pandas")
    engine = sa.create_engine(URL)
    log = engine.raw_connection().dbapi_connection.runtime.simulator.log  # type: ignore[union-attr]
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.to_datetime(["2026-01-01", None]), "d": [1.5, None]})
    before = len(log)
    frame.to_sql("frame", engine, schema=schema)
    frame.to_sql("frame", engine, schema=schema, if_exists="append")
    assert [i["column_names"] for i in sa.inspect(engine).get_indexes("frame", "Temp")] == [["index"]]
    with pytest.raises(ValueError, match="already exists"):
        frame.to_sql("frame", engine, schema=schema)
    frame.to_sql("frame", engine, schema=schema, if_exists="replace", index=False)
    back = pd.read_sql_table("frame", engine, schema="Temp")
    pd.testing.assert_frame_equal(back, frame, check_dtype=False)
    assert len(log) == before


def test_a_column_counts_from_where_it_is_told(temp: sa.engine.Engine) -> None:
    table = sa.Table(
        "counted",
        sa.MetaData(),
        sa.Column("id", sa.Integer, sa.Identity(start=5, increment=-2), primary_key=True),
        sa.Column("note", sa.String),
    )
    table.create(temp)
    with temp.begin() as connection:
        assert [connection.execute(table.insert()).inserted_primary_key[0] for _ in range(3)] == [5, 3, 1]


def test_tables_say_what_they_hold(temp: sa.engine.Engine) -> None:
    columns = [
        sa.Column(
            "id", sa.Integer, sa.Identity(always=True, start=0, increment=2, maxvalue=9), comment="it's a number"
        ),
        sa.Column("note", sa.String, comment="50 % of it"),
    ]
    sa.Table("told", sa.MetaData(), *columns, sa.PrimaryKeyConstraint("id", name="PK told"), comment="all").create(temp)
    inspector: Any = sa.inspect(temp)
    assert inspector.get_table_comment("told") == {"text": "all"}
    assert inspector.get_pk_constraint("told") == {"constrained_columns": ["id"], "name": "PK told"}
    found = inspector.get_columns("told")
    assert [c["comment"] for c in found] == ["it's a number", "50 % of it"]
    assert {k: found[0]["identity"][k] for k in ("always", "start", "increment", "maxvalue")} == {
        "always": True,
        "start": 0,
        "increment": 2,
        "maxvalue": 9,
    }
    again = sa.Table("told", sa.MetaData(), autoload_with=temp)
    with temp.begin() as connection:
        connection.execute(again.insert(), [{"note": "a"}, {"note": "b"}])
        assert connection.execute(sa.select(again.c.id)).scalars().all() == [0, 2]
        query = again.insert().from_select(["note"], sa.select(again.c.note))
        assert tuple(connection.execute(query).inserted_primary_key) == (None,)


def test_tables_are_changed_by_others(temp: sa.engine.Engine) -> None:
    metadata = sa.MetaData()
    one = sa.Table("one", metadata, sa.Column("k", sa.Integer), sa.Column("v", sa.String), sa.Column("t", sa.Interval))
    two = sa.Table("two", metadata, sa.Column("k", sa.Integer), sa.Column("w", sa.String), sa.Column("d", sa.JSON))
    metadata.create_all(temp)
    span = dt.timedelta(days=2, microseconds=7)
    with temp.begin() as connection:
        connection.execute(one.insert(), [{"k": n, "v": "old", "t": span * n} for n in (1, 2, 3)])
        documents = [{"a/b": [1, {"~": n}], "x": None} for n in (1, 2)]
        connection.execute(two.insert(), [{"k": n + 1, "w": "new", "d": d} for n, d in enumerate(documents, 1)])
        connection.execute(
            one.update().values(v=two.c.w).where(one.c.k == two.c.k, two.c.d[("a/b", 1, "~")].as_integer() == 1)
        )
        assert connection.execute(sa.select(one.c.v).order_by(one.c.k)).scalars().all() == ["old", "new", "old"]
        connection.execute(one.delete().where(one.c.k == two.c.k, two.c.d["x"].as_string().is_(None), one.c.v == "old"))
        assert connection.execute(sa.select(one.c.k, one.c.t)).all() == [(1, span), (2, 2 * span)]
        first = sa.select(one.c.v, one.c.k).order_by(one.c.v)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 2.1 has another spelling, which it means for PostgreSQL
            assert len(connection.execute(first.distinct(one.c.v)).all()) == 2
