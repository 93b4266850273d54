"""Where files are exchanged: a folder of an SFTP server.

We speak to the server whose key was confirmed and to no other; a key nobody confirmed is shown, so
that it can be.
"""

import hashlib
import io
import posixpath
import re
import socket
import stat
from base64 import b64decode, b64encode
from contextlib import contextmanager, suppress

import paramiko

from odoo.addons.helloword_returns.providers.base import RejectedError, TemporaryError

from .file_store import FOLDERS, FileStore

# Seconds to connect, and to wait for each answer.
_CONNECT, _ANSWER = 15, 60
_FINGERPRINT = re.compile(r"SHA256:([A-Za-z0-9+/]{43})")
_PUBLIC_KEY = re.compile(r"\b(AAAA[A-Za-z0-9+/]+={0,2})")
_KEY_TYPE = re.compile(r"\b(ssh-[a-z0-9-]+|ecdsa-sha2-[a-z0-9-]+)")
# One kind of key signs in several ways.
_RSA = ("rsa-sha2-512", "rsa-sha2-256")
_PRIVATE_KEYS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


def read_host_key(text):
    """:param str text: a fingerprint as ssh-keygen -l and our message show it, or a line of
        ssh-keyscan
    :return: tuple (fingerprint, kind of key or ""), or None when it is neither
    """
    kind = _KEY_TYPE.search(text or "")
    found = _FINGERPRINT.search(text or "")
    if found:
        return f"SHA256:{found[1]}", kind[1] if kind else ""
    found = _PUBLIC_KEY.search(text or "")
    if found:
        with suppress(ValueError):
            return _write_fingerprint(b64decode(found[1], validate=True)), kind[1] if kind else ""
    return None


def read_private_key(text, password=""):
    """:param str password: of the key, where it has one
    :return: :class:`paramiko.PKey`
    :raise RejectedError: it is no private key, or its password is another
    """
    for kind in _PRIVATE_KEYS:
        try:
            return kind.from_private_key(io.StringIO(text), password or None)
        except paramiko.PasswordRequiredException as error:
            raise RejectedError("The private key has a password. Enter it.") from error
        except (paramiko.SSHException, ValueError, IndexError, TypeError):
            continue
    raise RejectedError("This is no private key we can read, or its password is another.")


class SftpStore(FileStore):
    """:param str host: name or address
    :param int port: usually 22
    :param str password: of the user, or of ``private_key`` where that is given
    :param str host_key: confirmed; see :func:`read_host_key`
    :param str private_key: as OpenSSH writes it
    :param str path: the folder; empty: the one the server opens
    """

    def __init__(self, host, port, user, password="", host_key="", private_key="", path=""):
        self._host, self._port, self._user = host, port, user
        self._password, self._private_key = password, private_key
        self._host_key, self._path = host_key, path
        self._sftp, self._root = None, ""

    @contextmanager
    def open(self):
        key = read_private_key(self._private_key, self._password) if self._private_key else None
        with self._connect() as transport:
            self._check_server(transport)
            self._log_in(transport, key)
            with self._failures():
                self._sftp = paramiko.SFTPClient.from_transport(transport)
                self._sftp.get_channel().settimeout(_ANSWER)
                self._root = self._find_root()
                self._make_folders()
            try:
                yield self
            finally:
                self._sftp = None

    @contextmanager
    def _connect(self):
        try:
            connection = socket.create_connection((self._host, self._port), timeout=_CONNECT)
        except OSError as error:
            raise TemporaryError(
                f"The server {self._host} cannot be reached: {error.strerror or error}."
            ) from error
        transport = paramiko.Transport(connection)
        transport.banner_timeout = transport.auth_timeout = _CONNECT
        try:
            yield transport
        finally:
            transport.close()

    # -------------------------------------------------------------------------
    # Who is there
    # -------------------------------------------------------------------------

    def _check_server(self, transport):
        """:raise RejectedError: the server is none that was confirmed"""
        known = read_host_key(self._host_key)
        if known and known[1]:
            # A server has several keys; we want to see the one that was confirmed.
            options = transport.get_security_options()
            wanted = _RSA if known[1] == "ssh-rsa" else (known[1],)
            kinds = tuple(kind for kind in wanted if kind in options.key_types)
            if kinds:
                options.key_types = kinds
        try:
            transport.start_client(timeout=_CONNECT)
            key = transport.get_remote_server_key()
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise TemporaryError(f"The server {self._host} does not answer: {error}.") from error
        shown = f"{key.get_name()} {_write_fingerprint(key.asbytes())}"
        if known is None:
            raise RejectedError(
                f"The server {self._host} shows the key “{shown}”. Compare it with what the operator "
                "says, then enter it as “Key of the Server”."
            )
        if known[0] != shown.split()[1]:
            raise RejectedError(
                f"The server {self._host} shows another key than the one that was confirmed: "
                f"“{shown}”. Nothing was sent. Ask the operator whether its key changed; if it did "
                "not, somebody stands in between."
            )

    def _log_in(self, transport, key):
        try:
            if key is not None:
                transport.auth_publickey(self._user, key)
            else:
                transport.auth_password(self._user, self._password)
        except paramiko.AuthenticationException as error:
            raise RejectedError(
                f"The server {self._host} does not let “{self._user}” in: check user, password and "
                "key."
            ) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise TemporaryError(f"The server {self._host} does not answer: {error}.") from error

    # -------------------------------------------------------------------------
    # Folders
    # -------------------------------------------------------------------------

    def _find_root(self):
        try:
            root = self._sftp.normalize(self._path or ".")
            is_folder = stat.S_ISDIR(self._sftp.stat(root).st_mode or 0)
        except (FileNotFoundError, PermissionError) as error:
            raise RejectedError(f"There is no folder “{self._path}” on the server.") from error
        if not is_folder:
            raise RejectedError(f"“{self._path}” on the server is no folder.")
        return root

    def _make_folders(self):
        for folder in FOLDERS:
            path = posixpath.join(self._root, folder)
            try:
                self._sftp.stat(path)
            except FileNotFoundError:
                self._sftp.mkdir(path)

    @contextmanager
    def _failures(self, kind=TemporaryError):
        try:
            with super()._failures(kind):
                yield
        except (paramiko.SSHException, EOFError) as error:
            raise kind(f"The connection to {self._host} was lost.") from error

    def _at(self, folder, name):
        return posixpath.join(self._root, folder, name)

    def _scan(self, folder):
        with self._failures():
            found = self._sftp.listdir_attr(posixpath.join(self._root, folder))
        return [(info.filename, info) for info in found if info.st_mtime is not None]

    def _stat(self, folder, name):
        return self._sftp.lstat(self._at(folder, name))

    def _read(self, folder, name, most):
        info = self._stat(folder, name)
        if not stat.S_ISREG(info.st_mode or 0):
            raise RejectedError(f"“{name}” is no ordinary file.")
        with self._sftp.open(self._at(folder, name), "rb") as file:
            file.prefetch(min(info.st_size, most))
            return file.read(most)

    def _write(self, folder, name, content):
        with self._sftp.open(self._at(folder, name), "wb") as file:
            file.set_pipelined(True)
            file.write(content)
        if self._stat(folder, name).st_size != len(content):
            raise OSError(None, "the server did not keep all that was sent")

    def _replace(self, folder, name, to_folder, to_name):
        source, target = self._at(folder, name), self._at(to_folder, to_name)
        try:
            self._sftp.posix_rename(source, target)
        except (FileNotFoundError, PermissionError):
            raise
        except OSError:
            # Not every server replaces.
            with suppress(FileNotFoundError):
                self._sftp.remove(target)
            self._sftp.rename(source, target)

    def _remove(self, folder, name):
        self._sftp.remove(self._at(folder, name))


def _write_fingerprint(content):
    """As ssh-keygen writes it."""
    return f"SHA256:{b64encode(hashlib.sha256(content).digest()).decode().rstrip('=')}"
