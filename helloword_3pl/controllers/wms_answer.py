"""What all answers of our interface for warehouses have in common: keys, limits, problems."""

import functools
import json
import logging

from odoo.exceptions import ConcurrencyError
from odoo.http import request
from psycopg2 import OperationalError
from werkzeug.exceptions import HTTPException

from odoo.addons.helloword_returns.models.request_limit import LIMITS

from ..models.wms_key import SCOPES

_logger = logging.getLogger(__name__)

TITLES = {
    400: "The request cannot be read",
    401: "No valid key",
    403: "The key may not do this",
    404: "Not found",
    405: "Another method",
    409: "It stands otherwise by now",
    413: "Too large",
    415: "Another kind of content",
    422: "Not as described",
    429: "Too many requests",
    500: "Our fault",
}


class ProblemError(Exception):
    """An answer that is a problem document (RFC 9457).

    :param int status: HTTP status
    :param str detail: for people
    :param list errors: dicts of ``pointer`` and ``message``
    """

    def __init__(self, status, detail="", errors=None, headers=None):
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.errors, self.headers = errors or [], headers or []


def answer(content, status=200, headers=()):
    """:param content: what JSON can say"""
    return request.make_response(
        json.dumps(content),
        headers=[
            ("Content-Type", "application/json; charset=utf-8"),
            ("Cache-Control", "no-store"),
            *headers,
        ],
        status=status,
    )


def wms_answer(method, scope=None, largest=0):
    """Answer a request of a warehouse, and every fault of it, as the contract says.

    :param str method: the one allowed
    :param str scope: what the key must be allowed to; None: no key is needed
    """

    def decorate(function):
        @functools.wraps(function)
        def wrapped(self, *args, **kwargs):
            limits = []
            try:
                response = work(self, limits, *args, **kwargs)
            except ProblemError as problem:
                response = _answer_problem(problem)
            except HTTPException as error:
                response = _answer_problem(ProblemError(error.code or 500))
            except (OperationalError, ConcurrencyError):
                # Transactions that met are tried again by the server.
                raise
            except Exception:
                _logger.exception("The interface for warehouses failed")
                request.env.cr.rollback()
                response = _answer_problem(ProblemError(500, "Try again. We have been told."))
            response.headers.extend(limits)
            return response

        def work(self, limits, *args, **kwargs):
            if request.httprequest.method not in (
                method,
                *(("HEAD",) if method == "GET" else ()),
            ):
                raise ProblemError(405, f"Use {method}.", headers=[("Allow", method)])
            # Checked here and not by the route, whose refusal would be a page.
            if (request.httprequest.content_length or 0) > largest:
                raise ProblemError(413, f"At most {largest} bytes.")
            if scope:
                kwargs["connection"] = _authenticate(scope, limits)
            return function(self, *args, **kwargs)

        return wrapped

    return decorate


def _authenticate(scope, limits):
    """:param list limits: gets the headers that say how many requests are left
    :return: ``helloword.wms.connection`` of the key, with full rights and in its company"""
    header = request.httprequest.headers.get("Authorization", "")
    kind, _space, text = header.partition(" ")
    challenge = [("WWW-Authenticate", 'Bearer realm="wms"')]
    if kind.lower() != "bearer" or not text.strip():
        raise ProblemError(401, "Send “Authorization: Bearer …”.", headers=challenge)
    text = text.strip()
    is_text = text.isascii() and text.isprintable()
    key = is_text and request.env["helloword.wms.key"]._check(text)
    if not key:
        raise ProblemError(
            401, "This key is not known, has ended or was revoked.", headers=challenge
        )
    if not key[SCOPES[scope]]:
        raise ProblemError(403, f"This key has no scope “{scope}”.")
    counted = (
        request.env["helloword.request.limit"].sudo()._count("wms_api", str(key.connection_id.id))
    )
    limits += _describe_limit(counted)
    if counted.wait:
        raise ProblemError(429, "Come again later.", headers=[("Retry-After", str(counted.wait))])
    key._note_use()
    connection = key.connection_id
    return connection.with_company(connection.company_id).with_context(lang="en_US")


def _describe_limit(counted):
    """Headers of draft-ietf-httpapi-ratelimit-headers-10: the policy, and what is left of it.

    :param counted: :class:`~odoo.addons.helloword_returns.models.request_limit.Counted`
    """
    allowed, seconds = LIMITS["wms_api"]
    return [
        ("RateLimit-Policy", f'"connection";q={allowed};w={seconds}'),
        ("RateLimit", f'"connection";r={counted.left};t={counted.reset}'),
    ]


def _answer_problem(problem):
    content = {
        "type": "about:blank",
        "title": TITLES.get(problem.status, "Problem"),
        "status": problem.status,
    }
    if problem.detail:
        content["detail"] = problem.detail
    if problem.errors:
        content["errors"] = problem.errors
    return request.make_response(
        json.dumps(content),
        headers=[
            ("Content-Type", "application/problem+json"),
            ("Cache-Control", "no-store"),
            *problem.headers,
        ],
        status=problem.status,
    )
