"""Sending one signed message to an address somebody else entered.

The address is not to lead into our own network: every number its name has is looked at, and the
connection goes to the very number that was looked at, whatever the name says a moment later. No
redirects are followed, and no proxy of the environment is used.
"""

import socket
import ssl
import time
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import urllib3
from requests.certs import where
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from .standard_webhooks import sign

# Seconds to connect, and to wait for the answer.
TIMEOUT = urllib3.Timeout(connect=5, read=15)
# Numbers of one name that are tried.
MOST_ADDRESSES = 3
# Bytes of an answer that are kept for people to read.
ANSWER_LENGTH = 1000
LONGEST_RETRY_AFTER = 24 * 3600
# Networks whose addresses hold an address of IPv4 in their last 32 bits.
_TRANSLATED = ip_network("64:ff9b::/96")


class UnsafeAddressError(ValueError):
    """We do not send there."""


@dataclass(frozen=True)
class Letter:
    """One message, ready to be sent without the ORM.

    :param tuple secrets: one signature is made with each
    :param bool may_loopback: this very machine may be the receiver, also unencrypted
    """

    url: str
    message_id: str
    body: bytes
    secrets: tuple
    may_loopback: bool = False


@dataclass(frozen=True)
class Sent:
    """What became of it.

    :param int status: HTTP, 0 without an answer
    :param int retry_after: seconds the receiver asked us to wait
    """

    status: int = 0
    answer: str = ""
    error: str = ""
    retry_after: int = 0

    @property
    def is_taken(self):
        return 200 <= self.status < 300


def check_url(url, may_loopback=False):
    """:raise UnsafeAddressError: not a whole address of a receiver, or one of our own network"""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnsafeAddressError("It is not an address.") from error
    if not parts.hostname or port == 0 or any(ord(char) <= 32 for char in url):
        raise UnsafeAddressError("It is not an address.")
    if parts.username or parts.password or parts.fragment:
        raise UnsafeAddressError("It must not hold a name, a password or a mark in the page.")
    is_loopback = parts.hostname == "localhost"
    try:
        ip = ip_address(parts.hostname)
    except ValueError:
        ip = None
    if ip:
        is_loopback = ip.is_loopback
        _check_ip(ip, may_loopback)
    if is_loopback and not may_loopback:
        raise UnsafeAddressError("It lies in our own network.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback):
        raise UnsafeAddressError("It must begin with https.")
    return parts


def send(letter, ca_file=None):
    """Send one message, once.

    :param Letter letter:
    :param ca_file: certificates to trust instead of the usual ones
    :return: :class:`Sent`; never raises for what the other side does
    """
    try:
        parts = check_url(letter.url, letter.may_loopback)
        addresses = _resolve(parts, letter.may_loopback)
    except (UnsafeAddressError, OSError, UnicodeError) as error:
        return Sent(error=str(error) or type(error).__name__)
    headers = _make_headers(letter, parts)
    failure = None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    for address in addresses[:MOST_ADDRESSES]:
        try:
            with _open_pool(parts, address, ca_file) as pool:
                answer = pool.urlopen(
                    "POST",
                    path,
                    body=letter.body,
                    headers=headers,
                    redirect=False,
                    retries=False,
                    preload_content=False,
                )
                return _read(answer)
        except (ConnectTimeoutError, NewConnectionError) as error:
            failure = error
        except (HTTPError, OSError, ValueError) as error:
            return Sent(error=f"The message got no answer ({type(error).__name__}).")
    return Sent(error=f"The receiver cannot be reached ({type(failure).__name__}).")


def _make_headers(letter, parts):
    stamp = int(time.time())
    return {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": "HelloWord-Returns/1",
        "webhook-id": letter.message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(
            sign(secret, letter.message_id, stamp, letter.body) for secret in letter.secrets
        ),
    }


def _resolve(parts, may_loopback):
    """:return: list of the numbers of a name, all of them checked
    :raise OSError: nobody knows the name
    :raise UnsafeAddressError: one of them lies in our own network
    """
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    for address in addresses:
        _check_ip(ip_address(address), may_loopback)
    return addresses


def _check_ip(ip, may_loopback):
    """:raise UnsafeAddressError: it is not one of the public internet"""
    if ip.version == 6:
        if ip.ipv4_mapped or ip.sixtofour:
            ip = ip.ipv4_mapped or ip.sixtofour
        elif ip in _TRANSLATED:
            ip = ip_address(int(ip) & 0xFFFFFFFF)
    if ip.is_loopback and may_loopback:
        return
    if not ip.is_global or ip.is_multicast:
        raise UnsafeAddressError("It lies in our own network.")


def _open_pool(parts, address, ca_file):
    """A connection to one number; the certificate must be the name's."""
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, parts.port or 80, timeout=TIMEOUT)
    return urllib3.HTTPSConnectionPool(
        address,
        parts.port or 443,
        timeout=TIMEOUT,
        ssl_context=ssl.create_default_context(cafile=ca_file or where()),
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
    )


def _read(answer):
    """:return: :class:`Sent`; what a receiver that took the message says besides is not read"""
    if 200 <= answer.status < 300:
        return Sent(answer.status)
    text = answer.read(ANSWER_LENGTH, decode_content=False).decode(errors="replace")
    retry_after = answer.headers.get("Retry-After") or ""
    return Sent(
        answer.status,
        answer=text.replace("\0", ""),
        error=f"The receiver answered HTTP {answer.status}.",
        retry_after=min(int(retry_after), LONGEST_RETRY_AFTER) if _is_number(retry_after) else 0,
    )


def _is_number(text):
    return text.isascii() and text.isdecimal() and len(text) < 10
