"""Warehouses without an interface, which exchange files over a folder or SFTP.

There is no contract but our own, ``docs/warehouses.md``:

- ``out``: what comes, one CSV file for each announcement, and our word on goods that wait, one for
  each. A file's name carries our number and revision, so that what is written again replaces
  itself. The warehouse takes the files away; an instruction is taken away by us once a file of
  theirs names it under ``instruction_ref``.
- ``in``: what happened, CSV or XLSX, oldest first. A file is read when it does not grow any more,
  and moved to ``done`` after what it says is kept, so that nothing is lost when we stop between the
  two; read a second time it says nothing new. One nobody can read goes to ``failed`` with a text
  beside it that says why.
- ``in/photos``: pictures by the names the files give.

Only a warehouse can tell which columns it writes; names of columns, order of days, decimal mark
and time zone are settings.
"""

import hashlib
import re
from datetime import UTC, datetime
from urllib.parse import quote

from odoo.addons.helloword_returns.providers.base import RejectedError, TemporaryError

from .base import Announced, AnswerFile, EventPage, Instructed, WarehouseAdapter
from .content import read_cursor, write_cursor
from .file_report import PHOTO_SCHEME, read_file
from .file_store import DONE, FAILED, IN, OUT, PHOTOS
from .file_table import LARGEST_FILE, FileError
from .file_writer import write_expected, write_instruction

# Events kept in one transaction.
PAGE_SIZE = 1000
# Seconds a file must not have changed for.
SETTLED = 30
LARGEST_PHOTO = 20 * 1024 * 1024  # bytes
_PHOTO_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}
_EXPECTED, _CANCELLED = "expected", "cancelled"


class FileAdapter(WarehouseAdapter):
    """:param store: :class:`~.file_store.FileStore`
    :param settings: :class:`~.file_report.FileSettings`
    :param now: aware moment, or None: the clock's
    """

    capabilities = frozenset(
        (
            "announce",
            "update",
            "cancel",
            "instruct",
            "poll",
            "look_up",
            "photos",
            "fees",
            "unknown_parcels",
        )
    )
    poll_interval = 300
    source = "file"

    def __init__(self, store, settings, now=None):
        self._store = store
        self._settings = settings
        self._now = now
        # The file that is being told page by page: its entry, and what it says.
        self._open_file = None

    def check(self):
        with self._store.open() as store:
            name = "connection-test.txt"
            store.put(DONE, name, b"")
            if not store.find(DONE, name):
                raise RejectedError("What is written into the folder is not there afterwards.")
            store.remove(DONE, name)

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def announce(self, expected, key):
        return self._announce(expected, _EXPECTED)

    def find(self, expected):
        """While the file lies there it was told; when it does not, writing it replaces itself."""
        return self._find(expected, _EXPECTED)

    def cancel(self, expected, key):
        return self._announce(expected, _CANCELLED)

    def find_cancelled(self, expected):
        return self._find(expected, _CANCELLED)

    def _announce(self, expected, status):
        name = _name_expected(expected, status)
        self._write(name, write_expected(expected, status, self._settings))
        return Announced(status=status, raw={"file": name})

    def _find(self, expected, status):
        name = _name_expected(expected, status)
        with self._store.open() as store:
            found = store.find(OUT, name)
        return Announced(status=status, raw={"file": name}) if found else None

    # -------------------------------------------------------------------------
    # Our word
    # -------------------------------------------------------------------------

    def instruct(self, instruction, key):
        name = _name_instruction(instruction.ref)
        self._write(name, write_instruction(instruction, self._settings))
        return Instructed(instruction.ref, raw={"file": name})

    def find_instruction(self, instruction):
        name = _name_instruction(instruction.ref)
        with self._store.open() as store:
            found = store.find(OUT, name) or store.find(DONE, name)
        return Instructed(instruction.ref, raw={"file": name}) if found else None

    def _write(self, name, content):
        with self._store.open() as store:
            store.put(OUT, name, content)

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def fetch(self, cursor=""):
        """One page of one file. What the cursor says was told is kept, so the file it names is put
        away before the next is read."""
        memo = read_cursor(cursor)
        row = memo.get("row", 0)
        if row and self._open_file and memo.get("file") == self._get_file():
            return self._tell(memo, row)
        with self._store.open() as store:
            if memo.get("file") and not row:
                self._put_away(store, memo)
                memo = {"seen": memo.get("seen", {})}
            entry = self._find_begun(store, memo) if row else None
            if entry is None:
                row, entry, memo = 0, *self._choose(store, memo)
            if entry is None:
                return EventPage(cursor=write_cursor(**memo))
            return self._read(store, entry, memo, row)

    def _get_file(self):
        entry, _content = self._open_file
        return [entry.name, *entry.mark]

    @staticmethod
    def _find_begun(store, memo):
        """The file of which a part is told, unless it is another by now."""
        name, *mark = memo["file"]
        entry = store.find(IN, name)
        return entry if entry and entry.mark == mark else None

    def _choose(self, store, memo):
        """The oldest file that does not grow any more: it was not written to lately, or it looks
        the same as a while ago. Clocks of others may be wrong, so that their files are looked at
        twice.

        :return: tuple (entry or None, what to remember)
        """
        now = (self._now or datetime.now(UTC)).timestamp()
        before, seen, chosen = memo.get("seen", {}), {}, None
        for entry in store.list(IN):
            mark, since = before.get(entry.name, (None, now))
            since = since if mark == entry.mark else now
            if store.has_our_clock:
                since = min(since, entry.mtime)
            if chosen is None and now - since >= SETTLED:
                chosen = entry
            else:
                seen[entry.name] = [entry.mark, int(since)]
        return chosen, {"seen": seen}

    def _read(self, store, entry, memo, row):
        """Read a whole file and tell a page of it."""
        memo = {"seen": memo.get("seen", {}), "file": [entry.name, *entry.mark]}
        content = store.load(IN, entry.name, LARGEST_FILE + 1)
        after = store.find(IN, entry.name)
        if (
            after is None
            or after.mark != entry.mark
            or len(content) < min(entry.size, LARGEST_FILE + 1)
        ):
            # It changes at this very moment: it is looked at anew.
            return EventPage(cursor=write_cursor(seen=memo["seen"]))
        now = self._now or datetime.now(UTC)
        written = min(datetime.fromtimestamp(entry.mtime, UTC), now)
        try:
            told = read_file(entry.name, content, self._settings, written)
        except FileError as error:
            text = f"{entry.name}: {error}"
            return EventPage(
                cursor=write_cursor(**memo, error=str(error)), has_more=True, problems=(text,)
            )
        there = {found.name for found in store.list(OUT)} if told.instruction_refs else set()
        names = {_name_instruction(ref) for ref in told.instruction_refs}
        memo["read"] = sorted(names & there)
        self._open_file = (entry, told)
        return self._tell(memo, row)

    def _tell(self, memo, row):
        _entry, told = self._open_file
        rest = len(told.events) - row - PAGE_SIZE
        memo = {**memo, "row": row + PAGE_SIZE if rest > 0 else 0}
        return EventPage(told.events[row : row + PAGE_SIZE], write_cursor(**memo), has_more=True)

    def _put_away(self, store, memo):
        """What the file says is kept. One of its name that came since stays to be read."""
        name, *mark = memo["file"]
        for read in memo.get("read", ()):
            if store.find(OUT, read):
                store.move(OUT, read, DONE)
        entry = store.find(IN, name)
        if entry is None or entry.mark != mark:
            return
        if memo.get("error"):
            moved = store.move(IN, name, FAILED)
            store.put(FAILED, f"{moved}.txt", f"{name}: {memo['error']}\r\n".encode("utf-8-sig"))
        else:
            store.move(IN, name, DONE)

    def load_photo(self, photo):
        name = photo.url.removeprefix(PHOTO_SCHEME)
        if name == photo.url:
            raise RejectedError("This is not a picture beside the files.")
        with self._store.open() as store:
            if not store.find(PHOTOS, name):
                raise TemporaryError(f"There is no “{name}” in the folder of photos yet.")
            content = store.load(PHOTOS, name, LARGEST_PHOTO + 1)
        if len(content) > LARGEST_PHOTO:
            raise RejectedError(f"The picture “{name}” is larger than 20 MB.")
        kind = _PHOTO_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
        return AnswerFile(name, kind, content, "photo")


def _name_expected(expected, status):
    """Our number and revision; another status is another file."""
    return f"{status}_{_as_name(expected.number)}_r{expected.revision:04d}.csv"


def _name_instruction(ref):
    return f"instruction_{_as_name(ref)}.csv"


def _as_name(text):
    """A part of a file's name that no two texts share."""
    name = quote(text.replace("_", "%5F").replace("/", "_"), safe="%_")
    if not re.fullmatch(r"[\w.%-]{1,120}", name):
        return hashlib.sha256(text.encode()).hexdigest()[:40]
    return name
