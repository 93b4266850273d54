import hashlib

from odoo import http
from odoo.http import request, route

from ..models.wms_instruction_api import STATUSES, AnsweredError
from ..wms.api_contract import (
    UnreadableError,
    build_event,
    find_batch_faults,
    find_content_faults,
    find_event_faults,
    is_keepable,
    read_contract,
    read_json,
    read_text,
)
from ..wms.vocabulary import list_words
from .wms_answer import ProblemError, answer, wms_answer

BODY_LIMIT = 1024 * 1024
PHOTO_LIMIT = 8 * 1024 * 1024
PHOTO_KINDS = ("image/jpeg", "image/png", "image/webp")
KEY_LENGTH = 128
_OPTIONS = {"type": "http", "auth": "public", "csrf": False, "save_session": False}


class WmsApi(http.Controller):
    """Our interface for operators of warehouses, version 1; ``wms/openapi.json`` is its contract.

    Whoever calls has a key of one connection and reaches nothing else. All faults, also those
    of addresses and methods, are problem documents.
    """

    @route("/wms/v1/openapi.json", **_OPTIONS)
    @wms_answer("GET")
    def contract(self, **kwargs):
        return request.make_response(
            read_text(), headers=[("Content-Type", "application/json; charset=utf-8")]
        )

    @route("/wms/v1/docs", **_OPTIONS)
    @wms_answer("GET")
    def docs(self, **kwargs):
        """The contract for people."""
        return request.render(
            "helloword_3pl.wms_api_docs", {"contract": read_contract(), "words": list_words()}
        )

    @route(["/wms/v1", "/wms/v1/<wms_path:rest>"], **_OPTIONS)
    def nothing(self, rest="", **kwargs):
        return wms_answer(request.httprequest.method)(_refuse_address)(self)

    # -------------------------------------------------------------------------
    # Returns
    # -------------------------------------------------------------------------

    @route("/wms/v1/returns", **_OPTIONS)
    @wms_answer("GET", "returns")
    def list_returns(self, connection, **kwargs):
        return _answer_page(connection._list_expected)

    @route("/wms/v1/returns/<wms_path:number>", **_OPTIONS)
    @wms_answer("GET", "returns")
    def get_return(self, number, connection, **kwargs):
        found = connection._get_expected(number) if is_keepable(number) else None
        if not found:
            raise ProblemError(404, "No such return is announced to you.")
        return answer(found)

    # -------------------------------------------------------------------------
    # Events
    # -------------------------------------------------------------------------

    @route("/wms/v1/events", **_OPTIONS)
    @wms_answer("POST", "events", BODY_LIMIT)
    def post_events(self, connection, **kwargs):
        body = _get_json_body()
        key = request.httprequest.headers.get("Idempotency-Key")
        return self._once(connection, key, body, lambda: self._take_events(connection, body))

    def _once(self, connection, key, body, work):
        """A request that is repeated with its key gets the first answer again."""
        if key is None:
            return answer(work())
        if not 1 <= len(key) <= KEY_LENGTH or not key.isascii() or not key.isprintable():
            raise ProblemError(400, "An Idempotency-Key has 1 to 128 visible characters.")
        Request = request.env["helloword.wms.request"].sudo()
        digest = hashlib.sha256(body).hexdigest()
        known = Request._find(connection, key)
        if known:
            if known.request_hash != digest:
                raise ProblemError(422, "This Idempotency-Key was used for another request.")
            return answer(known.answer, headers=[("Idempotent-Replayed", "true")])
        content = work()
        Request._keep(connection, key, digest, content)
        return answer(content)

    def _take_events(self, connection, body):
        content = _read_json(body)
        faults = find_batch_faults(content)
        if faults:
            raise ProblemError(422, "The batch is not as described.", faults)
        results, good = [], []
        for item in content["events"]:
            faults = find_event_faults(item)
            if faults:
                name = item.get("event_id") if isinstance(item, dict) else ""
                results.append(
                    {
                        "event_id": name if isinstance(name, str) and is_keepable(name) else "",
                        "result": "rejected",
                        "code": "invalid",
                        "message": "The event is not as described.",
                        "errors": faults,
                    }
                )
            else:
                results.append(None)
                good.append(build_event(item))
        told = iter(connection.env["helloword.wms.event"]._take(connection, good, source="api"))
        return {"results": [result or next(told) for result in results]}

    # -------------------------------------------------------------------------
    # Photos
    # -------------------------------------------------------------------------

    @route("/wms/v1/photos", **_OPTIONS)
    @wms_answer("POST", "photos", PHOTO_LIMIT)
    def post_photo(self, connection, **kwargs):
        if request.httprequest.mimetype not in PHOTO_KINDS:
            raise ProblemError(415, "Send a JPEG, PNG or WebP picture.")
        photo_ref = connection._keep_photo(request.httprequest.get_data())
        if not photo_ref:
            raise ProblemError(422, "This cannot be opened as a picture.")
        return answer({"photo_ref": photo_ref}, status=201)

    # -------------------------------------------------------------------------
    # Instructions
    # -------------------------------------------------------------------------

    @route("/wms/v1/instructions", **_OPTIONS)
    @wms_answer("GET", "instructions")
    def list_instructions(self, connection, **kwargs):
        status = request.httprequest.args.get("status", "")
        if status and status not in STATUSES:
            raise ProblemError(400, f"The status is one of {', '.join(STATUSES)}.")
        return _answer_page(connection._list_instructions, status)

    @route("/wms/v1/instructions/<wms_path:ref>/ack", **_OPTIONS)
    @wms_answer("POST", "instructions", BODY_LIMIT)
    def acknowledge(self, ref, connection, **kwargs):
        content = _read_json(_get_json_body())
        faults = find_content_faults("Acknowledgement", content)
        if faults:
            raise ProblemError(422, "It is not as described.", faults)
        try:
            found = connection._acknowledge(ref, content) if is_keepable(ref) else None
        except AnsweredError as error:
            raise ProblemError(409, str(error)) from error
        if not found:
            raise ProblemError(404, "There is no such instruction for you.")
        return answer(found)


def _answer_page(list_page, *extra):
    """:param list_page: gets a cursor and a limit; raises a ValueError when the cursor is none"""
    args = request.httprequest.args
    try:
        limit = int(args.get("limit", 50))
    except ValueError:
        limit = 0
    if not 1 <= limit <= 100:
        raise ProblemError(400, "The limit lies between 1 and 100.")
    try:
        return answer(list_page(args.get("cursor", ""), limit, *extra))
    except ValueError as error:
        raise ProblemError(400, "This cursor is none of ours.") from error


def _get_json_body():
    if request.httprequest.mimetype != "application/json":
        raise ProblemError(415, "Send application/json.")
    return request.httprequest.get_data()


def _read_json(body):
    try:
        return read_json(body)
    except UnreadableError as error:
        raise ProblemError(400, str(error)) from error


def _refuse_address(controller):
    raise ProblemError(404, "There is nothing at this address. See /wms/v1/docs.")
