"""Results as MySQL's packets, and parameters of prepared statements as Python's values.

Owns which of MySQL's types a column has and how a value is spelt. Framing and the fixed parts are mysql-mimic's. Must
not know statements nor sockets.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mysql_mimic import packets
from mysql_mimic.charset import CharacterSet
from mysql_mimic.results import NullBitmap, ResultColumn
from mysql_mimic.types import Capabilities, ColumnType, uint_1, uint_2, uint_4

from amzsql import errors

UTF8 = CharacterSet.utf8mb4
_TEXT_LENGTH = 65532
_UNSIGNED = 0x80

# PEP 249's errors -> MySQL's number and state; the first that fits.
_ERRORS: tuple[tuple[type[Exception], int, str], ...] = (
    (errors.Cancelled, 1317, "70100"),
    (errors.BudgetExceeded, 3024, "HY000"),
    (errors.NotSupportedError, 1235, "42000"),
    (errors.AccessDenied, 1142, "42000"),
    (errors.ProgrammingError, 1064, "42000"),
    (errors.IntegrityError, 1062, "23000"),
    (errors.DataError, 1366, "22007"),
)
_MISSING = {"table": (1146, "42S02"), "schema": (1049, "42000"), "client": (1094, "HY000")}
DENIED = (1045, "28000")
KILLED = (1317, "70100")
UNKNOWN_COMMAND = (1047, "08S01")
UNKNOWN_STATEMENT = (1243, "HY000")
MALFORMED = (1835, "HY000")
TOO_LONG = (1153, "08S01")
INTERNAL = (1105, "HY000")


def error(number: int, state: str, text: str) -> bytes:
    """Return the packet of an error."""
    return bytes(b"\xff" + uint_2(number) + b"#" + state.encode() + text.encode())


def error_of(failure: Exception) -> bytes:
    """Return the packet of one of the driver's errors, whose texts hold no secret."""
    fits = ((number, state) for kind, number, state in _ERRORS if isinstance(failure, kind))
    number, state = next(fits, (1105, "HY000"))
    missing = re.match(r"There is no (?P<what>table|schema|client) ", str(failure))
    if missing:
        number, state = _MISSING[missing["what"]]
    return error(number, state, str(failure))


_Spell = Callable[[Any], bytes]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result: its packet, and how its values are written, as text and in binary."""

    definition: bytes
    spell: _Spell
    encoding: ResultColumn


def column(described: Sequence[Any]) -> Column:
    """Return a column from its entry of a cursor's `description`."""
    name, kind = str(described[0]), str(described[1])
    precision, scale = described[4], described[5]
    found, length, decimals, spell, binary = _of(kind, precision, scale)
    text = found in (ColumnType.VAR_STRING,)
    charset = UTF8 if text else CharacterSet.binary
    made = ResultColumn(name, found, UTF8, binary_encoder=_encoder(binary))
    definition = packets.make_column_definition_41(
        server_charset=UTF8,
        name=name,
        character_set=charset,
        column_length=length,
        column_type=found,
        decimals=decimals,
    )
    return Column(definition, spell, made)


def text_row(row: Sequence[Any], columns: Sequence[Column]) -> bytes:
    """Return a row of a statement that was sent as text."""
    parts: list[bytes] = []
    for value, column in zip(row, columns, strict=True):
        if value is None:
            parts.append(b"\xfb")
        else:
            text = column.spell(value)
            parts += (_head(len(text)), text)
    return b"".join(parts)


def binary_row(row: Sequence[Any], columns: Sequence[Column]) -> bytes:
    """Return a row of a prepared statement."""
    return bytes(packets.make_binary_resultrow(row, [column.encoding for column in columns]))


_Form = tuple[ColumnType, int, int, _Spell, _Spell]


def _encoder(spell: _Spell) -> Callable[[Any, ResultColumn], bytes]:
    return lambda _, value: spell(value)


def _of(kind: str, precision: int | None, scale: int | None) -> _Form:
    """Return a type's number, length, decimals and the two ways to write its values."""
    if kind.startswith("DECIMAL"):
        return ColumnType.NEWDECIMAL, (precision or 38) + 2, scale or 0, _text, _measured(_text)
    if kind.startswith("TIMESTAMP"):
        return ColumnType.DATETIME, 26, 6, _time_text, _time_binary
    return _FORMS.get(kind, (ColumnType.VAR_STRING, _TEXT_LENGTH, 0, _text, _measured(_text)))


def _text(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def _measured(spell: _Spell) -> _Spell:
    return lambda value: _with_length(spell(value))


def _with_length(text: bytes) -> bytes:
    return _head(len(text)) + text


_SHORT = [bytes((size,)) for size in range(251)]


def _head(size: int) -> bytes:
    """Return a length as it stands before a text."""
    if size < 251:
        return _SHORT[size]
    if size < 1 << 16:
        return b"\xfc" + size.to_bytes(2, "little")
    if size < 1 << 24:
        return b"\xfd" + size.to_bytes(3, "little")
    return b"\xfe" + size.to_bytes(8, "little")


def _bit(value: Any) -> bytes:
    return b"1" if value else b"0"


def _time_text(value: Any) -> bytes:
    return str(_in_utc(value)).encode()


def _double_text(value: Any) -> bytes:
    return repr(float(value)).removesuffix(".0").encode()


def _in_utc(value: dt.datetime) -> dt.datetime:
    return value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)


def _time_binary(value: Any) -> bytes:
    at = _in_utc(value)
    day = uint_2(at.year) + uint_1(at.month) + uint_1(at.day) + uint_1(at.hour) + uint_1(at.minute) + uint_1(at.second)
    return bytes(uint_1(11) + day + uint_4(at.microsecond))


def _date_binary(value: Any) -> bytes:
    return bytes(uint_1(4) + uint_2(value.year) + uint_1(value.month) + uint_1(value.day))


def _packed(form: str) -> _Spell:
    return struct.Struct(form).pack


_BIG: _Form = (ColumnType.LONGLONG, 20, 0, _text, _packed("<q"))
_WIDE: _Form = (ColumnType.NEWDECIMAL, 40, 0, _text, _measured(_text))
_FORMS: dict[str, _Form] = {
    "BOOLEAN": (ColumnType.TINY, 1, 0, _bit, lambda value: uint_1(bool(value))),
    "TINYINT": _BIG,
    "SMALLINT": _BIG,
    "INTEGER": _BIG,
    "BIGINT": _BIG,
    "UTINYINT": _BIG,
    "USMALLINT": _BIG,
    "UINTEGER": _BIG,
    "UBIGINT": _WIDE,
    "HUGEINT": _WIDE,
    "DOUBLE": (ColumnType.DOUBLE, 22, 31, _double_text, _packed("<d")),
    "FLOAT": (ColumnType.DOUBLE, 22, 31, _double_text, _packed("<d")),
    "DATE": (ColumnType.DATE, 10, 0, _text, _date_binary),
    "BLOB": (ColumnType.BLOB, _TEXT_LENGTH, 0, _text, _measured(_text)),
}


def prepared(number: int, parameters: int, columns: int) -> bytes:
    """Return the answer to a statement that is prepared."""
    return bytes(b"\x00" + uint_4(number) + uint_2(columns) + uint_2(parameters) + b"\x00" + uint_2(0))


def parameter() -> bytes:
    """Return the definition of a parameter."""
    return bytes(packets.make_column_definition_41(server_charset=UTF8, name="?", column_type=ColumnType.VAR_STRING))


Types = list[tuple[int, bool]]


def values(data: bytes, count: int, known: Types, long: dict[int, bytearray]) -> tuple[list[Any], Types]:
    """Return the values that a prepared statement is run with, and their types, which a client tells once.

    `data` is what follows the number of repetitions, `known` the types of the last time, `long` what was sent before.
    ProtocolError if it is no such thing.
    """
    reader = io.BytesIO(data)
    if not count:
        return [], known
    nulls = NullBitmap.from_buffer(reader, count)
    if _read(reader, 1) == b"\x01":
        known = [(kind, bool(flags & _UNSIGNED)) for kind, flags in (_read(reader, 2) for _ in range(count))]
    if len(known) != count:
        raise ProtocolError("A statement is run with values whose types were never told.")
    found: list[Any] = []
    for place, (kind, unsigned) in enumerate(known):
        if place in long:
            found.append(_said(bytes(long[place])))
        else:
            found.append(None if nulls.is_flipped(place) else _value(reader, ColumnType(kind), unsigned))
    return found, known


class ProtocolError(Exception):
    """A client does not speak as it should; `code` is MySQL's number of the error, and its state."""

    def __init__(self, text: str, code: tuple[int, str] = MALFORMED) -> None:
        super().__init__(text)
        self.code = code


def _read(reader: io.BytesIO, size: int) -> bytes:
    found = reader.read(size)
    if len(found) != size:
        raise ProtocolError("A packet ends too soon.")
    return found


def _length(reader: io.BytesIO) -> int:
    """Return a length as it stands before a text."""
    first = _read(reader, 1)[0]
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first)
    return first if size is None else int.from_bytes(_read(reader, size), "little")


def _until_zero(reader: io.BytesIO) -> bytes:
    """Return what stands before the next zero; all that is left if there is none."""
    rest = reader.read()
    found, _, after = rest.partition(b"\x00")
    reader.seek(-len(after), io.SEEK_CUR)
    return found


@dataclass(frozen=True, slots=True)
class Login:
    """Who comes in, and how he proves it. `encrypted`: he first wants to speak TLS, and says the rest after."""

    capabilities: Capabilities
    user: str = ""
    proof: bytes = b""
    database: str = ""
    plugin: str = ""
    encrypted: bool = False


# Capabilities, the longest packet, a character set and 23 unused bytes.
_HEAD = 32


def login_of(data: bytes, offered: Capabilities) -> Login:
    """Return a client's answer to the greeting. ProtocolError if it is none."""
    reader = io.BytesIO(data)
    capabilities = Capabilities(int.from_bytes(_read(reader, 4), "little")) & offered
    _read(reader, _HEAD - 4)
    if len(data) == _HEAD:
        return Login(capabilities, encrypted=True)
    user = _until_zero(reader)
    lenient = Capabilities.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA in capabilities
    proof = _read(reader, _length(reader) if lenient else _read(reader, 1)[0])
    database = _until_zero(reader) if Capabilities.CLIENT_CONNECT_WITH_DB in capabilities else b""
    return Login(capabilities, _name(user), proof, _name(database), _name(_until_zero(reader)))


def change_of(data: bytes, capabilities: Capabilities) -> Login:
    """Return the other user that a client wants to be. ProtocolError if it is no such thing."""
    reader = io.BytesIO(data)
    user = _until_zero(reader)
    proof = _read(reader, _read(reader, 1)[0])
    database = _until_zero(reader)
    reader.read(2)  # a character set
    return Login(capabilities, _name(user), proof, _name(database), _name(_until_zero(reader)))


def _name(text: bytes) -> str:
    return text.decode("utf-8", "replace")


_INTEGERS = {
    ColumnType.TINY: 1,
    ColumnType.BOOL: 1,
    ColumnType.SHORT: 2,
    ColumnType.YEAR: 2,
    ColumnType.LONG: 4,
    ColumnType.INT24: 4,
    ColumnType.LONGLONG: 8,
}


def _value(reader: io.BytesIO, kind: ColumnType, unsigned: bool) -> Any:
    if kind in _INTEGERS:
        return int.from_bytes(_read(reader, _INTEGERS[kind]), "little", signed=not unsigned)
    if kind == ColumnType.NULL:
        return None
    if kind == ColumnType.FLOAT:
        return struct.unpack("<f", _read(reader, 4))[0]
    if kind == ColumnType.DOUBLE:
        return struct.unpack("<d", _read(reader, 8))[0]
    if kind in (ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIMESTAMP):
        return _moment(_read(reader, _read(reader, 1)[0]), whole=kind == ColumnType.DATE)
    if kind == ColumnType.TIME:
        return _duration(_read(reader, _read(reader, 1)[0]))
    text = _read(reader, _length(reader))
    if kind in (ColumnType.DECIMAL, ColumnType.NEWDECIMAL):
        return Decimal(text.decode())
    return _said(text)


def _said(text: bytes) -> str | bytes:
    """Return a value that a client sends as text or as bytes: what is no text stays bytes."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text


def _moment(data: bytes, *, whole: bool) -> dt.date | None:
    if len(data) < 4:
        return None
    year, month, day = struct.unpack("<HBB", data[:4])
    if whole and len(data) == 4:
        return dt.date(year, month, day)
    hour, minute, second = data[4:7] if len(data) >= 7 else (0, 0, 0)
    micro = int.from_bytes(data[7:11], "little")
    return dt.datetime(year, month, day, hour, minute, second, micro)


def _duration(data: bytes) -> str:
    if len(data) < 8:
        return "00:00:00"
    negative, days, hours, minutes, seconds = struct.unpack("<BIBBB", data[:8])
    micro = int.from_bytes(data[8:12], "little")
    return f"{'-' if negative else ''}{days * 24 + hours:02}:{minutes:02}:{seconds:02}.{micro:06}"
