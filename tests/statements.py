"""Random SELECTs over Orders and OrderItems, as strategies of SQL text. Knows nothing of the driver.

Every statement has one answer: windows and LIMIT stand over orders that leave no choice, so that two engines which
agree on the rows of the tables agree on the rows of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

ORDERS = {
    "AmazonOrderId": "id",
    "PurchaseDate": "time",
    "LastUpdateDate": "time",
    "OrderStatus": "status",
    "FulfillmentChannel": "channel",
    "MarketplaceId": "market",
    "OrderTotalAmount": "money",
    "SalesChannel": "text",
    "ShippingAddressCity": "text",
}
ITEMS = {
    "AmazonOrderId": "id",
    "OrderItemId": "item",
    "SellerSKU": "sku",
    "QuantityOrdered": "number",
    "QuantityShipped": "number",
    "ItemPriceAmount": "money",
    "PurchaseDate": "time",
    "LastUpdateDate": "time",
    "OrderStatus": "status",
    "FulfillmentChannel": "channel",
    "MarketplaceId": "market",
}
COMPARABLE = ("=", "=", "=", ">", ">=", "<", "<=", "<>")

Columns = tuple[tuple[str, str], ...]
"""(name, type) of a source's columns."""


@dataclass(frozen=True)
class Values:
    """Constants of each type, as SQL, taken from the world that is asked; `days` are dates in it."""

    of: Mapping[str, Sequence[str]]
    days: Sequence[str]


@dataclass(frozen=True)
class Source:
    """What stands in FROM: its SQL, its alias and its columns."""

    sql: str
    alias: str
    columns: Columns


@dataclass
class Writer:
    """Writes one statement. `choose` gives a number below its argument; `ctes` are those that may be read so far."""

    choose: Callable[[int], int]
    values: Values
    ctes: list[Source] = field(default_factory=list)
    names: int = 0

    # -- small things ------------------------------------------------------------------------------------------------

    def pick(self, choices: Sequence):
        return choices[self.choose(len(choices))]

    def chance(self, percent: int) -> bool:
        return self.choose(100) < percent

    def alias(self, letter: str = "t") -> str:
        self.names += 1
        return f"{letter}{self.names}"

    def constant(self, kind: str) -> str:
        return self.pick(self.values.of[kind])

    def cased(self, kind: str) -> str:
        """Return a constant for equality: an enum's value in any spelling."""
        written = self.constant(kind)
        return self.pick((written, written.lower(), written.upper())) if kind in ("status", "channel") else written

    # -- predicates ----------------------------------------------------------------------------------------------------

    def predicate(self, columns: Columns, depth: int) -> str:
        """Return a condition over columns, which are given as ``alias.name``."""
        way = self.choose(20)
        if depth > 0 and way < 4:
            return f"({self.predicate(columns, depth - 1)} AND {self.predicate(columns, depth - 1)})"
        if depth > 0 and way < 8:
            return f"({self.predicate(columns, depth - 1)} OR {self.predicate(columns, depth - 1)})"
        if depth > 0 and way < 10:
            return f"NOT ({self.predicate(columns, depth - 1)})"
        if depth > 0 and way < 12:
            return self.subquery_test(columns, depth - 1)
        if way == 12:
            return self.pick(("TRUE", "FALSE", "1 = 1", "NULL"))
        return self.simple(*self.pick(columns), columns)

    def simple(self, name: str, kind: str, columns: Columns) -> str:
        way = self.choose(15)
        if way < 2:
            return f"{name} IS {self.pick(('', 'NOT '))}NULL"
        if way < 5:
            listed = [self.cased(kind) for _ in range(1 + self.choose(4))]
            listed += ["NULL"] * self.chance(15)
            return f"{name} {self.pick(('IN', 'IN', 'IN', 'NOT IN'))} ({', '.join(listed)})"
        if way == 5:
            same = [n for n, k in columns if k == kind and n != name] or [self.constant(kind)]
            return f"{name} {self.pick(COMPARABLE)} {self.pick(same)}"
        if way == 6 and kind in ("time", "money", "number", "id"):
            return f"{name} BETWEEN {self.constant(kind)} AND {self.constant(kind)}"
        if way == 7:
            other = self.pick((self.cased(kind), self.cased(kind), "NULL"))
            return f"{name} IS {self.pick(('', 'NOT '))}DISTINCT FROM {other}"
        if way == 8:
            return f"coalesce({name}, {self.constant(kind)}) {self.pick(COMPARABLE)} {self.constant(kind)}"
        if way < 11 and kind == "time":
            return self.by_day(name)
        if way == 9 and kind in ("id", "text", "sku"):
            return f"{name} LIKE '{self.pick(('11%', '%1%', 'B%', '%t%', '%-1_%'))}'"
        if way == 10:
            return f"{self.cased(kind)} {self.pick(('=', '<>'))} {name}"
        if way == 11:
            return f"CASE WHEN {name} = {self.cased(kind)} THEN {self.pick(('TRUE', 'FALSE'))} ELSE {name} IS NULL END"
        operator = self.pick(COMPARABLE)
        return f"{name} {operator} {self.cased(kind) if operator in ('=', '<>') else self.constant(kind)}"

    def by_day(self, name: str) -> str:
        day = self.pick(self.values.days)
        form = self.pick(
            (
                f"CAST({name} AS DATE) {{o}} {day}",
                f"{name}::DATE {{o}} {day}",
                f"{day} {{o}} CAST({name} AS DATE)",
                f"date_trunc('day', {name}) {{o}} {day}",
                f"{name} {{o}} {day} - INTERVAL 36 HOUR",
                f"{name} {{o}} {day}",
            )
        )
        return form.format(o=self.pick(COMPARABLE))

    def subquery_test(self, columns: Columns, depth: int) -> str:
        name, kind = self.pick(columns)
        inner = self.source(depth, wanted=kind)
        candidates = [n for n, k in inner.columns if k == kind]
        if not candidates:
            return f"{name} IS NOT NULL"
        mine = f"{inner.alias}.{self.pick(candidates)}"
        where = self.where(qualified(inner), depth)
        way = self.choose(6)
        if way < 2:
            negated = "NOT " * self.chance(30)
            return f"{name} {negated}IN (SELECT {mine} FROM {inner.sql}{where})"
        if way < 4:
            negated = "NOT " * self.chance(40)
            both = f"{where} AND" if where else " WHERE"
            return f"{negated}EXISTS (SELECT 1 FROM {inner.sql}{both} {mine} = {name})"
        if way == 4 and kind in ("time", "money", "number"):
            return f"{name} {self.pick(COMPARABLE)} (SELECT max({mine}) FROM {inner.sql}{where})"
        both = f"{where} AND" if where else " WHERE"
        return f"(SELECT count(*) FROM {inner.sql}{both} {mine} = {name}) {self.pick(COMPARABLE)} {self.pick('0123')}"

    def where(self, columns: Columns, depth: int) -> str:
        return f" WHERE {self.predicate(columns, depth)}" if self.chance(75) else ""

    # -- sources -------------------------------------------------------------------------------------------------------

    def source(self, depth: int, wanted: str = "id") -> Source:
        way = self.choose(10)
        if depth > 0 and way < 2:
            return self.derived(depth - 1)
        usable = [c for c in self.ctes if any(k == wanted for _, k in c.columns)]
        if usable and way < 6:
            cte, alias = self.pick(usable), self.alias("c")
            return Source(f"{cte.alias} AS {alias}", alias, cte.columns)
        name, columns = ("Orders", ORDERS) if way % 2 else ("OrderItems", ITEMS)
        alias = self.alias("o" if way % 2 else "i")
        return Source(f"{name} AS {alias}", alias, tuple(columns.items()))

    def derived(self, depth: int) -> Source:
        sql, columns = self.query(depth)
        alias = self.alias("d")
        return Source(f"({sql}) AS {alias}", alias, columns)

    def joined(self, depth: int) -> tuple[str, Columns]:
        """Return FROM's text and the columns in sight, qualified."""
        first = self.source(depth)
        sql, columns = first.sql, qualified(first)
        for _ in range(self.pick((0, 0, 0, 1, 1, 1, 2))):
            other = self.source(depth)
            kind = self.pick(
                ("JOIN", "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN")
            )
            sql += f" {kind} {other.sql}{self.on(columns, qualified(other), depth, kind)}"
            if kind not in ("SEMI JOIN", "ANTI JOIN"):
                columns += qualified(other)
        return sql, columns

    def on(self, left: Columns, right: Columns, depth: int, kind: str) -> str:
        pairs = [(a, b) for a, k in left for b, t in right if k == t]
        keys = [p for p in pairs if "AmazonOrderId" in p[0] and "AmazonOrderId" in p[1]]
        one, two = self.pick(keys if keys and self.chance(80) else pairs or [("1", "1")])
        condition = f"{one} = {two}" if self.chance(50) else f"{two} = {one}"
        if self.chance(35) and kind != "FULL JOIN":
            condition += f" AND {self.predicate(self.pick((left, right, left + right)), 0)}"
        return f" ON {condition}"

    # -- queries -------------------------------------------------------------------------------------------------------

    def query(self, depth: int) -> tuple[str, Columns]:
        """Return a SELECT or a set operation, and its result's columns."""
        if depth > 0 and self.chance(20):
            return self.union(depth - 1)
        way = self.choose(10)
        if way < 2:
            return self.aggregate(depth)
        if way == 2:
            return self.windowed(depth)
        return self.plain(depth)

    def plain(self, depth: int) -> tuple[str, Columns]:
        from_, columns = self.joined(depth)
        items, result = self.items(columns)
        where = self.where(columns, depth)
        way = self.choose(10)
        places = ", ".join(str(n) for n in range(1, len(result) + 1))
        if way == 0:
            return f"SELECT DISTINCT {items} FROM {from_}{where}", result
        if way == 1:
            items, result = self.with_count(items, result, columns)
            places = ", ".join(str(n) for n in range(1, len(result) + 1))
            count, skip = self.pick("0125"), self.pick(("", " OFFSET 1", " OFFSET 3"))
            return f"SELECT {items} FROM {from_}{where} ORDER BY {places} LIMIT {count}{skip}", result
        if way == 2:
            name = result[0][0]
            inner = f"SELECT {items} FROM {from_}{where}"
            return f"SELECT DISTINCT ON ({name}) * FROM ({inner}) AS x ORDER BY {places}", result
        return f"SELECT {items} FROM {from_}{where}", result

    def with_count(self, items: str, result: Columns, columns: Columns) -> tuple[str, Columns]:
        """Add a count that hangs on each row, now and then."""
        ids = [name for name, kind in columns if kind == "id"]
        if not ids or self.chance(50):
            return items, result
        inner, alias = self.alias("i"), self.alias("n")
        count = f"(SELECT count(*) FROM OrderItems AS {inner} WHERE {inner}.AmazonOrderId = {self.pick(ids)})"
        return f"{count} AS {alias}, {items}", ((alias, "number"), *result)

    def items(self, columns: Columns) -> tuple[str, Columns]:
        chosen = [self.pick(columns) for _ in range(1 + self.choose(4))]
        if self.chance(60):
            chosen = [c for c in columns if c[1] == "id"][:1] + chosen
        items, result, taken = [], [], set()
        for name, kind in chosen:
            short = name.split(".")[-1]
            if short in taken or self.chance(15):
                short = self.alias("x")
            taken.add(short)
            items.append(name if short == name.split(".")[-1] and self.chance(50) else f"{name} AS {short}")
            result.append((short, kind))
        return ", ".join(items), tuple(result)

    def aggregate(self, depth: int) -> tuple[str, Columns]:
        from_, columns = self.joined(depth)
        keys = [self.pick(columns) for _ in range(self.choose(3))]
        keys = list(dict.fromkeys(keys))
        result = [(self.alias("k"), kind) for _, kind in keys]
        items = [f"{name} AS {alias}" for (name, _), (alias, _) in zip(keys, result, strict=True)]
        for _ in range(1 + self.choose(2)):
            name, kind = self.pick(columns)
            alias = self.alias("a")
            way = self.pick(("min", "max", "count", "count(DISTINCT "))
            items.append(f"{way}{name}) AS {alias}" if way.endswith(" ") else f"{way}({name}) AS {alias}")
            result.append((alias, kind if way in ("min", "max") else "number"))
        sql = f"SELECT {', '.join(items)} FROM {from_}{self.where(columns, depth)}"
        if keys:
            spelt = self.pick((", ".join(n for n, _ in keys), ", ".join(str(n + 1) for n in range(len(keys)))))
            sql += f" GROUP BY {spelt}"
            sql += self.pick(("", "", " HAVING count(*) > 1", f" HAVING {keys[0][0]} IS NOT NULL"))
        return sql, tuple(result)

    def windowed(self, depth: int) -> tuple[str, Columns]:
        from_, columns = self.joined(depth)
        items, result = self.items(columns)
        by, alias = self.pick(columns)[0], self.alias("w")
        way = self.pick((f"count(*) OVER (PARTITION BY {by})", f"rank() OVER (ORDER BY {by})", f"max({by}) OVER ()"))
        kind = "number" if not way.startswith("max") else dict(columns)[by]
        sql = f"SELECT {items}, {way} AS {alias} FROM {from_}{self.where(columns, depth)}"
        if self.chance(30) and kind == "number":
            sql += f" QUALIFY {alias} < 3"
        return sql, (*result, (alias, kind))

    def union(self, depth: int) -> tuple[str, Columns]:
        kinds = [self.pick(("id", "time", "status", "market", "money")) for _ in range(1 + self.choose(3))]
        names = [self.alias("u") for _ in kinds]
        sides = []
        for _ in range(self.pick((2, 2, 3))):
            from_, columns = self.joined(depth)
            found = []
            for kind, name in zip(kinds, names, strict=True):
                same = [n for n, k in columns if k == kind]
                found.append(f"{self.pick(same) if same else self.constant(kind)} AS {name}")
            sides.append(f"SELECT {', '.join(found)} FROM {from_}{self.where(columns, depth)}")
        sql = sides[0]
        for side in sides[1:]:
            sql += f" {self.pick(('UNION ALL', 'UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT'))} {side}"
        return sql, tuple(zip(names, kinds, strict=True))

    def statement(self, depth: int = 2) -> str:
        """Return a whole statement, with CTEs before it."""
        definitions = []
        for _ in range(self.pick((0, 0, 1, 1, 2))):
            sql, columns = self.query(depth - 1)
            name = self.alias("cte")
            hint = self.pick(("", "", " MATERIALIZED", " NOT MATERIALIZED"))
            definitions.append(f"{name} AS{hint} ({sql})")
            self.ctes.append(Source(name, name, columns))
        sql, _ = self.query(depth)
        return f"WITH {', '.join(definitions)} {sql}" if definitions else sql


def qualified(source: Source) -> Columns:
    return tuple((f"{source.alias}.{name}", kind) for name, kind in source.columns)


def chooser(draw: Callable[[st.SearchStrategy], object]) -> Callable[[int], int]:
    return lambda below: draw(st.integers(0, below - 1))


def statements(values: Values) -> st.SearchStrategy[str]:
    """Return the strategy of statements over a world with these values."""

    @st.composite
    def build(draw: Callable[[st.SearchStrategy], object]) -> str:
        return Writer(chooser(draw), values).statement()

    return build()


def plain_limits(values: Values) -> st.SearchStrategy[tuple[str, int, int]]:
    """Return (statement without LIMIT, limit, offset) of statements that may stop early."""

    @st.composite
    def build(draw: Callable[[st.SearchStrategy], object]) -> tuple[str, int, int]:
        writer = Writer(chooser(draw), values)
        from_, columns = writer.joined(1)
        items, _ = writer.items(columns)
        sql = f"SELECT {items} FROM {from_}{writer.where(columns, 2)}"
        return sql, draw(st.sampled_from((0, 1, 3, 10, 25, 200))), draw(st.sampled_from((0, 0, 2, 9)))

    return build()
