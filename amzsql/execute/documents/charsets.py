"""Which charset a document has, and its bytes as UTF-8.

What is told with the document comes first, then its mark (BOM), then UTF-8 if the bytes are that, then what the
marketplace writes; but nobody is believed against the bytes: what is told to be UTF-8 must be it, and what reads as
UTF-8 is not taken for a charset in which every byte is some letter. Nothing is ever replaced: what cannot be read is an
error of its place. Knows nothing of lines' meaning.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from email.message import Message
from types import MappingProxyType

from .model import Expected, Notes, wrong

UTF8 = "utf-8"
_WESTERN, _JAPANESE = "cp1252", "cp932"
_BOMS = ((codecs.BOM_UTF8, UTF8), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Names as they are told, and what is meant: the larger set that Windows programs write under the smaller one's name.
_MEANT = MappingProxyType(
    {
        "iso8859-1": _WESTERN, "latin-1": _WESTERN, "cp1252": _WESTERN, "shift_jis": _JAPANESE, "cp932": _JAPANESE,
        "windows-31j": _JAPANESE, "x-sjis": _JAPANESE, "utf-8-sig": UTF8, "ascii": "",
    }
)  # fmt: skip
# What the marketplaces write where nobody says it: seen, or, for the second group, what such languages were written in.
_USUAL = MappingProxyType(
    {
        **dict.fromkeys(("US", "GB", "DE", "FR", "CA", "IT", "ES", "BR", "NL"), _WESTERN),
        **dict.fromkeys(("MX", "BE", "IE", "SE", "ZA", "IN"), _WESTERN),
        "JP": _JAPANESE,
        "PL": "cp1250", "TR": "cp1254", "EG": "cp1256", "SA": "cp1256", "AE": "cp1256",
    }
)  # fmt: skip
# Wide ones alone: the bytes of the narrow ones are Western letters.
_KANA = re.compile("[\u3041-\u30ff]")
# A sample of so many bytes tells a charset.
_SAMPLE = 1 << 16


def told(media_type: str, expected: Expected, notes: Notes) -> str:
    """Return the charset that a Content-Type tells, by Python's name; empty if none, or one that is not known."""
    message = Message()
    message["content-type"] = media_type
    label = str(message.get_content_charset("") or "").strip()
    if not label:
        return ""
    if label in _MEANT:
        return _MEANT[label]
    try:
        name = codecs.lookup(label).name
    except LookupError:
        notes.warn(f"{expected.report_type}: Amazon names a charset that is not known, {label!r}; the text tells.")
        return ""
    return _MEANT.get(name, name)


def marked(start: bytes) -> tuple[str, int]:
    """Return the charset that a document's first bytes tell, and how many bytes the mark has."""
    return next(((name, len(mark)) for mark, name in _BOMS if start.startswith(mark)), ("", 0))


def is_wide(charset: str) -> bool:
    """Tell whether the bytes of a charset cannot be cut into lines."""
    return charset.startswith(("utf-16", "utf-32"))


def decided(sample: bytes, label: str, expected: Expected, notes: Notes, *, whole: bool = True) -> str:
    """Return the charset of a text that is not ASCII, empty if nothing reads it.

    `whole`: the sample does not end inside a character.
    """
    own = _USUAL.get(expected.country, "")
    is_utf8 = _reads(sample, UTF8, whole)
    if is_utf8 and (label in ("", UTF8) or _convinces(sample, label)):
        _tell(label, UTF8, expected, notes)
        return UTF8
    for charset in (label, own, _WESTERN):
        if charset and charset != UTF8 and _reads(sample, charset, whole) and not _doubted(sample, charset, own, whole):
            _tell(label, charset, expected, notes)
            return charset
    return ""


def _convinces(sample: bytes, label: str) -> bool:
    """Tell whether what reads as UTF-8 is that, although another charset is told.

    Two letters of one byte seldom look like one of two bytes, unless they are narrow Japanese ones.
    """
    return label != _JAPANESE or max(map(ord, sample.decode(UTF8, "ignore"))) > 0x7FF


def _doubted(sample: bytes, charset: str, own: str, whole: bool) -> bool:
    """Tell whether a charset that reads a sample is a wrong one, since the marketplace's own reads it better."""
    if charset == own:
        return False
    if own == _JAPANESE and len(sample.decode(charset, "ignore")) == len(sample):
        return _reads(sample, own, whole) and bool(_KANA.search(sample.decode(own, "ignore")))
    if charset == _JAPANESE and own:
        return _reads(sample, own, whole) and not _KANA.search(sample.decode(charset, "ignore"))
    return False


def _reads(sample: bytes, charset: str, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(charset)().decode(sample, whole)
    except UnicodeDecodeError:
        return False
    return True


def _tell(label: str, charset: str, expected: Expected, notes: Notes) -> None:
    notes.charset = charset
    if label and label != charset:
        notes.warn(
            f"{expected.report_type}: Amazon says that the document is {label}, which it is not; it was read as "
            f"{charset}."
        )


def as_utf8(pieces: Iterator[bytes], media_type: str, expected: Expected, notes: Notes) -> Iterator[bytes]:
    """Yield a document's text as UTF-8, without its mark.

    Raises DataError, with the line, where the text is not in its charset.
    """
    label = told(media_type, expected, notes)
    first, ended = _gathered(b"", pieces, 4)
    charset, length = marked(first)
    first = first[length:]
    charset = charset or (label if is_wide(label) else "")
    # ASCII is the same in all of them but the wide ones: nothing need be decided before something else comes.
    lines = 1
    while not charset and first.isascii():
        lines += first.count(b"\n")
        yield first
        if ended or not (first := next(pieces, b"")):
            notes.charset = notes.charset or UTF8
            return
    if not charset:
        first, ended = _gathered(first, pieces, _SAMPLE)
        charset = decided(first, label, expected, notes, whole=ended)
    notes.charset = charset or UTF8
    yield from _transcoded(first, pieces, charset or label or UTF8, lines, expected)


def _gathered(start: bytes, pieces: Iterator[bytes], size: int) -> tuple[bytes, bool]:
    """Return at least so many bytes, and whether they are the last."""
    parts, have = [start], len(start)
    while have < size:
        piece = next(pieces, None)
        if piece is None:
            return b"".join(parts), True
        parts.append(piece)
        have += len(piece)
    return b"".join(parts), False


def _transcoded(first: bytes, pieces: Iterator[bytes], charset: str, lines: int, expected: Expected) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(charset)()
    for piece in itertools.chain((first,), pieces):
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError as error:
            raise unreadable(expected, charset, lines + error.object[: error.start].count(b"\n"), error) from error
        lines += text.count("\n")
        if text:
            yield text.encode()
    try:
        decoder.decode(b"", True)
    except UnicodeDecodeError as error:
        raise unreadable(expected, charset, lines, error) from error


def readable(text: bytes, charset: str, line: int, sign: bytes, expected: Expected) -> str:
    """Return whole lines decoded; DataError with the line and the cell of bytes that are no text."""
    try:
        return text.decode(charset)
    except UnicodeDecodeError as error:
        start = text.rfind(b"\n", 0, error.start) + 1
        cell = text.count(sign, start, error.start) + 1
        line += text.count(b"\n", 0, error.start)
        raise unreadable(expected, charset, line, error, str(cell)) from error


def unreadable(expected: Expected, charset: str, line: int, error: UnicodeDecodeError, column: str = "") -> Exception:
    """Return the error of bytes that are no text."""
    shown = bytes(error.object[error.start : error.end][:8]).hex(" ").upper()
    what = f"the bytes {shown} are no text in {charset}, which the document seemed to be"
    return wrong(expected, what, column=column, line=line)
