"""An SFTP server on loopback over a folder of its own, misbehaviour included."""

import os
import socket
import stat
import tempfile
import threading
from pathlib import Path

import paramiko

HOST_KEY = paramiko.ECDSAKey.generate()


class _Login(paramiko.ServerInterface):
    def __init__(self, peer):
        self._peer = peer

    def get_allowed_auths(self, username):
        return "password,publickey"

    def check_auth_password(self, username, password):
        is_right = (username, password) == (self._peer.user, self._peer.password)
        return paramiko.AUTH_SUCCESSFUL if is_right else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username, key):
        known = self._peer.user_key
        is_right = username == self._peer.user and known and key.asbytes() == known.asbytes()
        return paramiko.AUTH_SUCCESSFUL if is_right else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        is_session = kind == "session"
        return paramiko.OPEN_SUCCEEDED if is_session else paramiko.OPEN_FAILED_UNKNOWN_CHANNEL_TYPE


class _Handle(paramiko.SFTPHandle):
    peer = None

    def stat(self):
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))

    def write(self, offset, data):
        if self.peer.is_lost("write", len(data)):
            return paramiko.SFTP_FAILURE
        return super().write(offset, data)


class _Folder(paramiko.SFTPServerInterface):
    peer = None

    def __init__(self, server, *args, **kwargs):
        super().__init__(server, *args, **kwargs)
        self._root = self.peer.root

    def _local(self, path):
        return f"{self._root}{self.canonicalize(path)}"

    def _do(self, act, *args):
        try:
            return act(*args)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def list_folder(self, path):
        local = self._local(path)

        def look():
            found = []
            for name in os.listdir(local):
                info = os.lstat(os.path.join(local, name))
                entry = paramiko.SFTPAttributes.from_stat(info)
                entry.filename = name
                found.append(entry)
            return found

        return self._do(look)

    def stat(self, path):
        return self._do(lambda: paramiko.SFTPAttributes.from_stat(os.stat(self._local(path))))

    def lstat(self, path):
        return self._do(lambda: paramiko.SFTPAttributes.from_stat(os.lstat(self._local(path))))

    def open(self, path, flags, attr):
        def begin():
            number = os.open(self._local(path), flags, 0o600)
            mode = "rb" if not flags & (os.O_WRONLY | os.O_RDWR) else "wb"
            file = os.fdopen(number, mode)
            handle = _Handle(flags)
            handle.peer = self.peer
            handle.filename = path
            handle.readfile = handle.writefile = file
            return handle

        return self._do(begin)

    def _act(self, name, act):
        if self.peer.is_lost(name):
            return paramiko.SFTP_FAILURE
        result = self._do(act)
        if self.peer.is_lost(f"after {name}"):
            return paramiko.SFTP_FAILURE
        return paramiko.SFTP_OK if result is None else result

    def remove(self, path):
        return self._act("remove", lambda: os.remove(self._local(path)))

    def rename(self, oldpath, newpath):
        def rename():
            if os.path.lexists(self._local(newpath)):
                raise FileExistsError(17, "File exists")
            os.rename(self._local(oldpath), self._local(newpath))

        return self._act("rename", rename)

    def posix_rename(self, oldpath, newpath):
        if not self.peer.replaces:
            return paramiko.SFTP_OP_UNSUPPORTED
        return self._act("rename", lambda: os.replace(self._local(oldpath), self._local(newpath)))

    def mkdir(self, path, attr):
        return self._act("mkdir", lambda: os.mkdir(self._local(path)))


class SftpPeer:
    """A context manager: the server listens within it.

    ``lose`` says when the connection is cut: a dict of what is done (write, rename, after rename,
    remove, mkdir) → how often it is done, or for "write" how many bytes are taken, before.
    """

    def __init__(self):
        self.user, self.password, self.user_key = "warehouse", "secret word", None
        self.host_key = HOST_KEY
        self.lose, self.replaces = {}, True
        self.logins = 0
        self._transports = []

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.root = Path(self._folder.name).resolve()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._socket.getsockname()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error):
        # Closing does not wake the thread that waits for somebody to call.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)
        for transport in self._transports:
            transport.close()
        self._folder.cleanup()

    @property
    def fingerprint(self):
        return f"{self.host_key.get_name()} {self.host_key.fingerprint}"

    def _listen(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.host_key)
            folder = type("Folder", (_Folder,), {"peer": self})
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, sftp_si=folder)
            self._transports.append(transport)
            self.logins += 1
            try:
                transport.start_server(event=threading.Event(), server=_Login(self))
            except (paramiko.SSHException, EOFError):
                transport.close()

    def is_lost(self, act, amount=1):
        """Cut the connection when it is time."""
        if act not in self.lose:
            return False
        self.lose[act] -= amount
        if self.lose[act] >= 0:
            return False
        del self.lose[act]
        self._transports[-1].sock.close()
        return True

    def names(self, folder):
        return sorted(
            entry.name
            for entry in os.scandir(self.root / folder)
            if stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode)
        )
