"""The writers of log files: each file has one in a process, whatever connections share it.

Owns a file's mode and its turning over. Processes need files of their own, since each turns its own over.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import threading
from pathlib import Path
from typing import IO

from amzsql.errors import ProgrammingError
from amzsql.settings import Settings
from amzsql.settings.values import bytes_of

_STREAMS = {"STDOUT": "stdout", "STDERR": "stderr"}
_ALL = 9999


class _Private(logging.handlers.RotatingFileHandler):
    """A file that only its owner may read."""

    def _open(self) -> IO[str]:  # type: ignore[override]
        return open(self.baseFilename, self.mode, encoding="utf-8", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


_handlers: dict[str, logging.Handler] = {}
_lock = threading.Lock()


def handler(settings: Settings) -> logging.Handler:
    """Return the one writer of a file in this process."""
    name = settings.logfile
    with _lock:
        key = name.upper() if name.upper() in _STREAMS else str(Path(name).absolute())
        if key not in _handlers:
            _handlers[key] = _made(key, settings)
        return _handlers[key]


def _made(key: str, settings: Settings) -> logging.Handler:
    if key in _STREAMS:
        return logging.StreamHandler(getattr(sys, _STREAMS[key]))
    count = settings.max_log_file_count
    kept = _ALL if count <= 0 else count - 1
    try:
        handler = _Private(key, maxBytes=bytes_of(settings.max_log_file_size), backupCount=kept)
    except OSError as error:
        raise ProgrammingError(f"Logfile: {key} cannot be written: {error.strerror}.") from None
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler
