"""Amazon's Selling Partner API: who calls, where, and how often. Shared by Amazon's adapters.

Sources: Amazon's pages "Connect to the SP-API", "SP-API endpoints", "Usage plans and rate limits" and
"Marketplace IDs", and the models of github.com/amzn/selling-partner-api-models; read 2026.

- Login with Amazon makes an access token of the seller's refresh token; it lives an hour. It is kept
  in memory only, until a minute before it ends, for all calls of this process. The client's secret
  must be renewed every 180 days, the seller's authorisation every year: then Amazon refuses.
- Each operation has its own bucket of calls. What is too many is answered 429 and was certainly not
  carried out, so it is sent again after as long as a new call takes to come free, by Amazon's header
  ``x-amzn-RateLimit-Limit`` or, before it was seen, by the published rate.
- Errors are a list of code, message and details.
"""

import hashlib
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from urllib.parse import quote

from .base import RejectedError, TemporaryError
from .http import HttpSession, read_json

LOGIN_PATH = "/auth/o2/token"
LOGIN_URL = f"https://api.amazon.com{LOGIN_PATH}"
REGIONS = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}
SANDBOXES = {region: url.replace("https://", "https://sandbox.") for region, url in REGIONS.items()}
# Marketplace → region it is called in.
MARKETPLACES = {
    **dict.fromkeys(("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8", "A2Q3Y263D00KWC"), "na"),
    **dict.fromkeys(
        (
            "A28R8C7NBKEWEA",
            "A1RKKUPIHCS9HS",
            "A1F83G8C2ARO7P",
            "A13V1IB3VIYZZH",
            "AMEN7PMS3EDWL",
            "A1805IZSGTT6HS",
            "A1PA6795UKMFR9",
            "APJ6JRA9NG5V4",
            "A2NODRKZP88ZB9",
            "AE08WJ6YKNBMC",
            "A1C3SOZRARQ6R3",
            "ARBP9OOSHTCHU",
            "A33AVAJ2PDY3EV",
            "A17E79C6D8DWNP",
            "A2VIGQ35RCS4UG",
            "A21TJRUUN4KGV",
        ),
        "eu",
    ),
    **dict.fromkeys(("A19VAU5U5O7RUS", "A39IBJ37TRP1C6", "A1VC38T7YXB528"), "fe"),
}
USER_AGENT = "HelloWord-Returns/1.0 (Language=Python)"
# Seconds before its end at which an access token is renewed.
SPARE = 60
ATTEMPTS = 4
# Seconds waited at once; what takes longer is left to whoever asked.
LONGEST_WAIT = 5.0
_TOKENS = {}
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Credentials:
    """:param str refresh_token: of the seller, for the application"""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


class AmazonSession:
    """Calls for one seller in one region.

    :param credentials: :class:`Credentials`
    :param str login_url: where Login with Amazon makes access tokens
    :param dict rates: operation → calls a second, as published
    """

    def __init__(self, credentials, base_url, login_url=LOGIN_URL, rates=None):
        self._http = HttpSession(base_url, headers={"User-Agent": USER_AGENT})
        self._credentials = credentials
        self._login_url = login_url
        self._rates = dict(rates or {})

    def ask(self, operation, path, **query):
        """:return: what an operation that only asks answers, decoded
        :raise RejectedError: see :func:`is_missing` for what is not there
        """
        query = {name: value for name, value in query.items() if value}
        return read_json(self._call(operation, "GET", path, params=query), acts=False)

    def send(self, operation, method, path, content, acts=True):
        """:return: what an operation answers, decoded"""
        response = self._call(operation, method, path, json=content, acts=acts)
        return read_json(response, acts=acts)

    def load(self, url):
        """:return: :class:`requests.Response` with a document Amazon keeps elsewhere, loaded without
        our keys
        """
        return self._http.load(url)

    def _call(self, operation, method, path, **kwargs):
        attempt, is_renewed = 0, False
        while True:
            token, is_kept = self._get_token()
            headers = {
                "x-amz-access-token": token,
                "x-amz-date": datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"),
            }
            try:
                response = self._http.request(method, path, headers=headers, **kwargs)
            except RejectedError as error:
                # A token that was kept may have been revoked meanwhile.
                if is_renewed or not is_kept or _get_status(error) not in (401, 403):
                    raise
                self._forget_token()
                is_renewed = True
            except TemporaryError as error:
                attempt += 1
                if _get_status(error) != 429:
                    raise
                self._wait(operation, attempt, error)
            else:
                self._note_rate(operation, response)
                return response

    def _wait(self, operation, attempt, error):
        """Wait until the operation may be called again.

        :raise TemporaryError: that takes too long
        """
        seconds = error.retry_after or 2 ** (attempt - 1) / self._rates.get(operation, 1.0)
        if attempt >= ATTEMPTS or seconds > LONGEST_WAIT:
            raise TemporaryError(
                f"Amazon takes no more calls of “{operation}” for now.",
                retry_after=ceil(seconds),
                answer=error.answer,
            ) from error
        time.sleep(seconds)

    def _note_rate(self, operation, response):
        try:
            rate = float(response.headers.get("x-amzn-RateLimit-Limit") or 0)
        except ValueError:
            return
        if rate > 0:
            self._rates[operation] = rate

    # -------------------------------------------------------------------------
    # Access tokens
    # -------------------------------------------------------------------------

    def _get_token(self):
        """:return: tuple (access token, whether it was kept from before)"""
        key = self._get_token_key()
        with _LOCK:
            token, until = _TOKENS.get(key, ("", 0.0))
        if time.monotonic() < until:
            return token, True
        token, seconds = self._make_token()
        with _LOCK:
            _TOKENS[key] = token, time.monotonic() + seconds - SPARE
        return token, False

    def _forget_token(self):
        with _LOCK:
            _TOKENS.pop(self._get_token_key(), None)

    def _get_token_key(self):
        """Names the credentials without keeping them."""
        own = self._credentials
        text = "\n".join((self._login_url, own.client_id, own.client_secret, own.refresh_token))
        return hashlib.sha256(text.encode()).hexdigest()

    def _make_token(self):
        own = self._credentials
        form = {
            "grant_type": "refresh_token",
            "refresh_token": own.refresh_token,
            "client_id": own.client_id,
            "client_secret": own.client_secret,
        }
        try:
            # A token too many does no harm.
            response = self._http.post(self._login_url, data=form, acts=False)
        except RejectedError as error:
            raise RejectedError(
                f"Amazon does not accept the credentials: {error} Check client ID and secret (it "
                "ends after 180 days), and authorise the application again in Seller Central.",
                error.answer,
            ) from error
        answer = read_json(response, acts=False)
        try:
            return answer["access_token"], float(answer["expires_in"])
        except (KeyError, TypeError, ValueError) as error:
            # Never with the answer: it may hold a token.
            raise TemporaryError("Login with Amazon gave no access token.") from error


def write_part(text):
    """:return: a part of an address, whatever characters it has"""
    return quote(text, safe="")


def is_missing(error):
    """:return: whether a refusal says that there is no such thing"""
    return _get_status(error) == 404


def _get_status(error):
    return (error.answer or {}).get("status") if isinstance(error.answer, dict) else None
