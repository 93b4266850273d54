"""One way to call a provider over HTTP: timeouts, retries of safe calls only, honest errors.

What a failure means depends on the call. A call that only asks may be repeated; a call that acts
and got no clear answer was perhaps carried out, and saying so is this file's first duty.
"""

import logging
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from time import monotonic
from urllib.parse import urljoin, urlsplit

import requests
from odoo.fields import Datetime
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError
from urllib3.util.retry import Retry

from .base import RejectedError, TemporaryError, UnknownOutcomeError

_logger = logging.getLogger(__name__)

# Seconds to connect and to wait for the next bytes of an answer.
TIMEOUT = (5, 60)
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
# Largest answer that is read, in bytes; labels of many pages stay well below.
LARGEST_ANSWER = 20 * 1024 * 1024
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class _Session(requests.Session):
    """Where a provider sends us on to, we go only with nothing to lose: never to an unencrypted
    address or into our own network, and with an account's keys to no other host.

    :param bool is_public: nothing secret is sent
    """

    def __init__(self, is_public):
        super().__init__()
        self._is_public = is_public

    def get_redirect_target(self, resp):
        target = super().get_redirect_target(resp)
        if target:
            origin, parts = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
            same_host = parts.hostname == origin.hostname
            inward = is_inner_host(parts.hostname) and not is_inner_host(origin.hostname)
            is_safe = parts.scheme == "https" or (same_host and parts.scheme == origin.scheme)
            if inward or not is_safe or not (same_host or self._is_public):
                raise requests.exceptions.InvalidURL("The provider sends us elsewhere.")
        return target


def is_inner_host(host):
    """:param str host: name or address
    :return: whether it is this machine or, by its number, one of our own network
    """
    if host in LOOPBACK:
        return True
    try:
        return not ip_address(host or "").is_global
    except ValueError:
        return False


class HttpSession:
    """Calls to one provider's account.

    :param str base_url: without a slash at its end; ``https`` unless it is this very machine
    :param headers: sent with every call
    :param auth: as ``requests`` takes it
    :param timeout: (seconds to connect, seconds without a byte)
    :param int retries: how often a call that only asks is repeated at once
    :param bool is_public: nothing secret is sent, so other hosts may be followed to
    """

    def __init__(
        self, base_url, headers=None, auth=None, timeout=TIMEOUT, retries=2, is_public=False
    ):
        parts = urlsplit(base_url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise RejectedError(f"The address of the provider must begin with https: {base_url}")
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self._session = _Session(is_public)
        self._session.headers.update(headers or {})
        self._session.auth = auth
        # Only GET is repeated here; POST never is, whatever the failure.
        retry = Retry(
            total=retries,
            backoff_factor=0.2,
            status_forcelist=(502, 503, 504),
            allowed_methods=SAFE_METHODS,
            respect_retry_after_header=False,
            raise_on_status=False,
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def post(self, path, **kwargs):
        return self.request("POST", path, **kwargs)

    def request(self, method, path, acts=None, **kwargs):
        """Make one call.

        :param str path: below the base address, or a whole address
        :param acts: whether the call may change something at the other side; None: every method
            but GET, HEAD and OPTIONS does
        :return: :class:`requests.Response` of a status below 400
        :raise RejectedError: the provider refuses it; nothing was carried out
        :raise TemporaryError: certainly not carried out; may be sent again
        :raise UnknownOutcomeError: perhaps carried out
        """
        acts = method.upper() not in SAFE_METHODS if acts is None else acts
        url = path if "://" in path else f"{self.base_url}{path}"
        started = monotonic()
        try:
            response = self._session.request(
                method, url, timeout=kwargs.pop("timeout", self.timeout), stream=True, **kwargs
            )
            _read_body(response)
        except requests.exceptions.RequestException as error:
            self._log(method, url, type(error).__name__, started)
            raise _from_failure(error, acts) from error
        self._log(method, url, response.status_code, started)
        if response.status_code >= 400:
            raise _from_status(response, acts)
        return response

    def load(self, url):
        """Load a file a provider points to, without the account's keys.

        :param str url: whole address, of any host but those of our own network
        :return: :class:`requests.Response`
        :raise RejectedError: the address is not safe
        :raise TemporaryError: it cannot be loaded now
        """
        host = urlsplit(url).hostname
        if is_inner_host(host) and not is_inner_host(urlsplit(self.base_url).hostname):
            raise RejectedError("The provider's file lies at an address that is not public.")
        return HttpSession(url.rsplit("/", 1)[0], is_public=True).get(url)

    def get_json(self, path, **kwargs):
        """:return: the answer of a GET, decoded"""
        return read_json(self.get(path, **kwargs), acts=False)

    def post_json(self, path, json, acts=True, **kwargs):
        """:return: the answer of a POST, decoded"""
        return read_json(self.post(path, json=json, acts=acts, **kwargs), acts=acts)

    def _log(self, method, url, result, started):
        """Neither query nor body: both may hold addresses and keys."""
        parts = urlsplit(url)
        _logger.info(
            "%s %s://%s%s → %s in %d ms",
            method,
            parts.scheme,
            parts.netloc.rpartition("@")[2],
            parts.path,
            result,
            (monotonic() - started) * 1000,
        )


def read_json(response, acts):
    """Decode an answer.

    :raise UnknownOutcomeError: it cannot be read, after a call that acts
    :raise TemporaryError: it cannot be read, after a call that only asks
    """
    try:
        return response.json()
    except ValueError as error:
        kind = UnknownOutcomeError if acts else TemporaryError
        raise kind("The provider's answer cannot be read.", answer=_as_answer(response)) from error


def _read_body(response):
    size = 0
    chunks = []
    for chunk in response.iter_content(65536):
        size += len(chunk)
        if size > LARGEST_ANSWER:
            response.close()
            raise requests.exceptions.ContentDecodingError("The answer is too large.")
        chunks.append(chunk)
    response._content = b"".join(chunks)
    response._content_consumed = True


def _from_failure(error, acts):
    """What a call without an answer means."""
    if not acts or _was_never_sent(error):
        return TemporaryError(f"The provider cannot be reached ({type(error).__name__}).")
    return UnknownOutcomeError(
        f"The connection was lost before the answer came ({type(error).__name__})."
    )


def _was_never_sent(error):
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _from_status(response, acts):
    """What an answer of 400 and above means."""
    status, answer = response.status_code, _as_answer(response)
    message = _read_message(response)
    if status == 429:
        return TemporaryError(
            message or "Too many requests.", retry_after=read_retry_after(response), answer=answer
        )
    if status == 408 or status >= 500:
        if status == 503 and response.headers.get("Retry-After"):
            return TemporaryError(
                message or "The provider is busy.", read_retry_after(response), answer
            )
        kind = UnknownOutcomeError if acts else TemporaryError
        return kind(message or f"The provider failed (HTTP {status}).", answer=answer)
    if status in (401, 403):
        return RejectedError(
            message or "The provider does not accept the credentials. Check them.", answer
        )
    return RejectedError(message or f"The provider refused this (HTTP {status}).", answer)


def read_retry_after(response):
    """:return: seconds to wait as the provider said (RFC 9110: seconds or a date), or None"""
    # Some providers, ShipBob among them, put an X in front.
    headers = response.headers
    value = headers.get("Retry-After") or headers.get("X-Retry-After") or ""
    if value.isdigit():
        return int(value)
    try:
        moment = parsedate_to_datetime(value).replace(tzinfo=None)
    except ValueError:
        return None
    return max(0, int((moment - Datetime.now()).total_seconds()))


def _read_message(response):
    """The provider's own words, wherever in the answer providers put them."""
    try:
        content = response.json()
    except ValueError:
        return ""
    return " ".join(dict.fromkeys(_find_messages(content)))[:500]


def _find_messages(content, depth=0):
    if depth > 4:
        return
    if isinstance(content, list):
        for item in content:
            yield from _find_messages(item, depth + 1)
    elif isinstance(content, dict):
        for name in ("message", "detail", "title", "error_description"):
            if isinstance(content.get(name), str) and content[name]:
                yield content[name]
                break
        for name in ("error", "errors", "messages", "items", "validationMessages"):
            if isinstance(content.get(name), dict | list):
                yield from _find_messages(content[name], depth + 1)


def _as_answer(response):
    try:
        content = response.json()
    except ValueError:
        content = response.text[:2000]
    return {"status": response.status_code, "content": content}
