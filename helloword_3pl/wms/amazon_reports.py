"""Amazon's reports: ordered, waited for, loaded and read.

Sources: Reports API, version **2021-06-30**, as published in
github.com/amzn/selling-partner-api-models, and Amazon's pages "Retrieve a report" and "Fulfillment by
Amazon reports"; read 2026. Our requests are held against that model in the tests.

- A report is ordered for a span of time, and is there some minutes later. CANCELLED means that there
  was nothing to tell, or that the same was ordered too shortly before: near real-time reports are
  made anew every half hour, daily ones every four hours.
- Its document lies at an address that is good for five minutes and needs no key. It is mostly packed
  by gzip. Its encoding is said by the answer's header; where it is not, it is UTF-8, or what sellers'
  texts of the region are written in.
- A flat file is separated by tabs. Where the line of names is quoted, so are the values; elsewhere a
  quotation mark is nothing but itself.
"""

import csv
import zlib
from codecs import BOM_UTF8

from odoo.addons.helloword_returns.providers.amazon import is_missing, write_part
from odoo.addons.helloword_returns.providers.base import (
    ProviderError,
    RejectedError,
    TemporaryError,
)

from .content import write_utc

RATES = {
    "createReport": 0.0167,
    "getReport": 2.0,
    "getReports": 0.0222,
    "getReportDocument": 0.0167,
}
_PATH = "/reports/2021-06-30"
OPEN_STATES = ("IN_QUEUE", "IN_PROGRESS")
# Largest document that is read, unpacked, in bytes.
LARGEST = 200 * 1024 * 1024
_GZIP = b"\x1f\x8b"
# Region → encoding of flat files that say none and are not UTF-8.
_ENCODINGS = {"fe": "cp932"}
# Windows' own encodings have letters where ISO's have none; sellers' texts have both.
_ALIASES = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "shift_jis": "cp932", "sjis": "cp932"}


class UnreadableReportError(ProviderError):
    """A report came that nobody can read; loading it again is no use."""


class ReportClient:
    """:param session: :class:`~odoo.addons.helloword_returns.providers.amazon.AmazonSession`
    :param str marketplace: identifier
    :param str region: key of :data:`~odoo.addons.helloword_returns.providers.amazon.REGIONS`
    """

    def __init__(self, session, marketplace, region=""):
        self._session = session
        self._marketplace = marketplace
        self._encoding = _ENCODINGS.get(region, "cp1252")

    def check(self, kind):
        """Whether reports may be asked for.

        :param str kind: ``reportType``
        """
        self._session.ask("getReports", f"{_PATH}/reports", reportTypes=kind, pageSize="10")

    def order(self, kind, since, until):
        """:param str kind: ``reportType``
        :return: Amazon's number of the report
        """
        content = {
            "reportType": kind,
            "marketplaceIds": [self._marketplace],
            "dataStartTime": write_utc(since),
            "dataEndTime": write_utc(until),
        }
        # A report too many does no harm.
        answer = self._session.send("createReport", "POST", f"{_PATH}/reports", content, acts=False)
        return str(_demand(answer, "reportId"))

    def look(self, number):
        """:return: tuple (status, number of the document or empty); GONE: Amazon does not know it"""
        try:
            answer = self._session.ask("getReport", f"{_PATH}/reports/{write_part(number)}")
        except RejectedError as error:
            if is_missing(error):
                return "GONE", ""
            raise
        return _demand(answer, "processingStatus"), answer.get("reportDocumentId") or ""

    def load(self, document):
        """:return: list of dicts, one for each row: name → text; names are in lower case with hyphens
        :raise UnreadableReportError: there is none, or nobody can read it
        """
        path = f"{_PATH}/documents/{write_part(document)}"
        try:
            answer = self._session.ask("getReportDocument", path)
        except RejectedError as error:
            if is_missing(error):
                raise UnreadableReportError("The report is not there any more.") from error
            raise
        response = self._session.load(_demand(answer, "url"))
        content = unpack(response.content)
        return read_rows(_decode(content, response.headers, self._encoding))


def unpack(content):
    """:param bytes content: a document, packed or not
    :raise TemporaryError: it is broken
    :raise UnreadableReportError: it is too large
    """
    if not content.startswith(_GZIP):
        return content
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, LARGEST)
    except zlib.error as error:
        raise TemporaryError("Amazon's report is broken.") from error
    if unpacker.unconsumed_tail:
        raise UnreadableReportError("Amazon's report is too large.")
    if not unpacker.eof:
        raise TemporaryError("Amazon's report is broken.")
    return plain


def read_rows(text):
    """:param str text: a flat file
    :return: list of dicts
    :raise UnreadableReportError: it is none
    """
    lines = text.splitlines(keepends=True)
    if not lines:
        return []
    is_quoted = lines[0].startswith('"')
    rows = csv.reader(
        lines, delimiter="\t", quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    )
    try:
        names = [_write_name(name) for name in next(rows)]
        return [
            dict(zip(names, (value.strip() for value in row), strict=False)) for row in rows if row
        ]
    except csv.Error as error:
        raise UnreadableReportError(f"Amazon's report cannot be read: {error}") from error


def _write_name(name):
    """One spelling: reports say "detailed-disposition", "Event Type" and "event_type"."""
    return name.strip().lower().replace(" ", "-").replace("_", "-")


def _decode(content, headers, otherwise):
    _kind, _word, named = headers.get("Content-Type", "").lower().partition("charset=")
    named = named.partition(";")[0].strip("\"' ")
    if content.startswith(BOM_UTF8):
        named = "utf-8-sig"
    for encoding in (_ALIASES.get(named, named), "utf-8", otherwise):
        try:
            return content.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode(otherwise, errors="replace")


def _demand(answer, name):
    if not isinstance(answer, dict) or not answer.get(name):
        raise TemporaryError("Amazon's answer cannot be read.", answer=answer)
    return answer[name]
