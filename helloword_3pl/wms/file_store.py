"""Where files are exchanged: a folder of this machine.

Both sides may be at work at the same time, so what is written appears complete or not at all, and
only ordinary files are ever read, never what a link points to.
"""

import os
import re
import stat
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

IN, OUT, DONE, FAILED, PHOTOS = "in", "out", "done", "failed", "in/photos"
FOLDERS = (IN, OUT, DONE, FAILED, PHOTOS)
# Files listed in one look; the others' turn comes when these are done.
MOST_LISTED = 1000
# Names of files that are still being written, by us or by others.
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".writing")
_TEMPORARY = ".tmp"


@dataclass(frozen=True, order=True)
class FileEntry:
    """:param mtime: seconds since 1970, by the clock of where the file is
    :param size: bytes
    """

    mtime: int
    name: str
    size: int

    @property
    def mark(self):
        """Tells one state of a file from another."""
        return [self.size, self.mtime]


def check_name(name):
    """:return: the name, which leads nowhere else
    :raise RejectedError: it does
    """
    if (
        not name
        or name.startswith(".")
        or len(name.encode()) > 200
        or re.search(r"[/\\\x00-\x1f\x7f]", name)
    ):
        raise RejectedError(f"“{name}” is not the name of a file.")
    return name


class FileStore(ABC):
    """Folders ``in``, ``out``, ``done``, ``failed`` and ``in/photos``; "in" is what we read. Used
    as a context manager: files are reached within it.
    """

    # Whether moments of files are those of our own clock.
    has_our_clock = False

    @contextmanager
    def open(self):
        """Reach the folders; made where they are missing.

        :raise RejectedError: they are no place for us
        :raise TemporaryError: they cannot be reached now
        """
        yield self

    def list(self, folder):
        """:return: list of :class:`FileEntry` of complete ordinary files, oldest first"""
        entries = []
        for name, info in self._scan(folder):
            if name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED):
                continue
            if stat.S_ISREG(info.st_mode):
                entries.append(FileEntry(int(info.st_mtime), name, info.st_size))
        return sorted(entries)[:MOST_LISTED]

    def find(self, folder, name):
        """:return: :class:`FileEntry`, or None where there is no such ordinary file"""
        with self._failures():
            try:
                info = self._stat(folder, check_name(name))
            except FileNotFoundError:
                return None
        if not stat.S_ISREG(info.st_mode):
            return None
        return FileEntry(int(info.st_mtime), name, info.st_size)

    def load(self, folder, name, most):
        """:param int most: bytes that are read at most
        :raise RejectedError: there is no such ordinary file
        """
        with self._failures():
            try:
                return self._read(folder, check_name(name), most)
            except FileNotFoundError as error:
                raise RejectedError(f"There is no file “{name}”.") from error

    def put(self, folder, name, content):
        """A file appears complete, in place of one of its name.

        :raise TemporaryError: it is certainly not there
        :raise UnknownOutcomeError: perhaps it is
        """
        temporary = f"{check_name(name)}{_TEMPORARY}"
        with self._failures():
            self._write(folder, temporary, content)
        with self._failures(UnknownOutcomeError):
            self._replace(folder, temporary, folder, name)

    def move(self, folder, name, to_folder):
        """Files of one name are kept beside each other."""
        stem, suffix = os.path.splitext(check_name(name))
        free, number = name, 1
        while self.find(to_folder, free):
            number += 1
            free = f"{stem}.{number}{suffix}"
        with self._failures():
            self._replace(folder, name, to_folder, free)
        return free

    def remove(self, folder, name):
        with self._failures():
            self._remove(folder, check_name(name))

    @contextmanager
    def _failures(self, kind=TemporaryError):
        try:
            yield
        except OSError as error:
            raise kind(f"The folder cannot be used: {error.strerror or error}.") from error

    @abstractmethod
    def _scan(self, folder):
        """:return: iterable of (name, status)"""

    @abstractmethod
    def _stat(self, folder, name):
        """:return: status of what has the name; raises FileNotFoundError"""

    @abstractmethod
    def _read(self, folder, name, most):
        """:return: bytes, at most so many; raises FileNotFoundError"""

    @abstractmethod
    def _write(self, folder, name, content):
        """Write a file anew."""

    @abstractmethod
    def _replace(self, folder, name, to_folder, to_name):
        """Move a file in one step, in place of one of the new name."""

    @abstractmethod
    def _remove(self, folder, name):
        """Remove a file."""


class FolderStore(FileStore):
    """A folder of this machine, below one its administrator allowed.

    Every step of the way is opened without following links, and files are reached from there, so
    that nobody who writes in the folder can lead us out of it.

    :param str path: absolute
    :param allowed: absolute paths of the allowed folders
    """

    has_our_clock = True

    def __init__(self, path, allowed):
        self._base, self._steps = _find_allowed(path, allowed)
        self._handles = {}

    @contextmanager
    def open(self):
        opened = []
        try:
            with self._failures(RejectedError):
                opened.append(os.open(self._base, os.O_RDONLY | os.O_DIRECTORY))
                for step in self._steps:
                    opened.append(_open_folder(step, opened[-1]))
                root = opened[-1]
                for folder in FOLDERS:
                    parent, _slash, name = folder.rpartition("/")
                    handle = _open_folder(name, self._handles.get(parent, root), make=True)
                    opened.append(handle)
                    self._handles[folder] = handle
            yield self
        finally:
            self._handles = {}
            for handle in reversed(opened):
                os.close(handle)

    def _scan(self, folder):
        with self._failures(), os.scandir(self._handles[folder]) as entries:
            for entry in entries:
                try:
                    yield entry.name, entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue

    def _stat(self, folder, name):
        return os.stat(name, dir_fd=self._handles[folder], follow_symlinks=False)

    def _read(self, folder, name, most):
        # A pipe in place of a file must not hold us up.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        handle = os.open(name, flags, dir_fd=self._handles[folder])
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise RejectedError(f"“{name}” is no ordinary file.")
            return file.read(most)

    def _write(self, folder, name, content):
        # What lies there from an attempt that was cut off is no way out of the folder.
        if self._exists(folder, name):
            self._remove(folder, name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        handle = os.open(name, flags, 0o664, dir_fd=self._handles[folder])
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _exists(self, folder, name):
        try:
            self._stat(folder, name)
        except FileNotFoundError:
            return False
        return True

    def _replace(self, folder, name, to_folder, to_name):
        os.replace(
            name,
            to_name,
            src_dir_fd=self._handles[folder],
            dst_dir_fd=self._handles[to_folder],
        )

    def _remove(self, folder, name):
        os.unlink(name, dir_fd=self._handles[folder])


def _open_folder(name, parent, make=False):
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, 0o775, dir_fd=parent)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)


def _find_allowed(path, allowed):
    """:return: tuple (the allowed folder, the steps from there)
    :raise RejectedError: the path lies below none
    """
    wanted = PurePosixPath(path or "")
    if wanted.is_absolute() and ".." not in wanted.parts:
        for folder in sorted(map(PurePosixPath, allowed), key=lambda base: -len(base.parts)):
            if folder.is_absolute() and len(folder.parts) > 1 and wanted.is_relative_to(folder):
                return str(folder), wanted.relative_to(folder).parts
    raise RejectedError(f"The folder “{path}” is not below one the administrator allowed.")
