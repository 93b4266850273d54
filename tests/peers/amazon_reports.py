"""Amazon's reports, which take their time and are then loaded from elsewhere."""

import gzip
import uuid
from datetime import UTC, datetime
from itertools import count

from .amazon_sp import AmazonPeer, fail, write_now
from .base import Reply, route

# Columns of flat files, as on Amazon's pages of report attributes.
COLUMNS = {
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": [
        "return-date",
        "order-id",
        "sku",
        "asin",
        "fnsku",
        "product-name",
        "quantity",
        "fulfillment-center-id",
        "detailed-disposition",
        "reason",
        "status",
        "license-plate-number",
        "customer-comments",
    ],
    "GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA": [
        "request-date",
        "order-id",
        "order-type",
        "service-speed",
        "order-status",
        "last-updated-date",
        "sku",
        "fnsku",
        "disposition",
        "requested-quantity",
        "cancelled-quantity",
        "disposed-quantity",
        "shipped-quantity",
        "in-process-quantity",
        "removal-fee",
        "currency",
    ],
    "GET_FBA_FULFILLMENT_REMOVAL_SHIPMENT_DETAIL_DATA": [
        "request-date",
        "order-id",
        "shipment-date",
        "sku",
        "fnsku",
        "disposition",
        "shipped-quantity",
        "carrier",
        "tracking-number",
        "removal-order-type",
    ],
    "GET_LEDGER_DETAIL_VIEW_DATA": [
        "Date",
        "FNSKU",
        "ASIN",
        "MSKU",
        "Title",
        "Event Type",
        "Reference ID",
        "Quantity",
        "Fulfillment Center",
        "Disposition",
        "Reason",
        "Country",
        "Reconciled Quantity",
        "Unreconciled Quantity",
        "Date and Time",
    ],
}
_DATES = ("return-date", "last-updated-date", "shipment-date", "Date and Time")


class AmazonReportsPeer(AmazonPeer):
    contract = "amazon_reports"
    operations = (
        (
            "GET",
            r"/reports/2021-06-30/reports",
            "GetReports.Query",
            "",
            {200: "GetReportsResponse"},
        ),
        (
            "POST",
            r"/reports/2021-06-30/reports",
            "",
            "CreateReportSpecification",
            {202: "CreateReportResponse", 400: "ErrorList"},
        ),
        (
            "GET",
            r"/reports/2021-06-30/reports/[^/]+",
            "",
            "",
            {200: "Report", 404: "ErrorList"},
        ),
        (
            "GET",
            r"/reports/2021-06-30/documents/[^/]+",
            "",
            "",
            {200: "ReportDocument", 404: "ErrorList"},
        ),
    )

    def __init__(self):
        super().__init__()
        self.tables = {kind: [] for kind in COLUMNS}
        self.reports, self.files = {}, {}
        # Looks a report takes until it is there.
        self.slowness = 0
        self.fatal = set()
        self.encoding, self.says_encoding, self.packs = "utf-8", True, True
        self._ids = count(50001)

    def authenticate(self, call):
        if call.path.startswith("/files/"):
            # An address that is signed takes no key beside.
            return Reply(400) if "x-amz-access-token" in call.headers else None
        return super().authenticate(call)

    @route("GET", r"/reports/2021-06-30/reports")
    def list_reports(self, call):
        return Reply(200, {"reports": []})

    @route("POST", r"/reports/2021-06-30/reports")
    def create_report(self, call):
        data = call.json
        if data["reportType"] not in COLUMNS:
            return fail(400, "InvalidInput", "Invalid report type")
        if data["dataStartTime"] >= data["dataEndTime"]:
            return fail(400, "InvalidInput", "dataStartTime must be before dataEndTime")
        with self.lock:
            number = str(next(self._ids))
            self.reports[number] = {
                **data,
                "reportId": number,
                "createdTime": write_now(),
                "processingStatus": "IN_QUEUE",
                "looks": self.slowness,
            }
        return Reply(202, {"reportId": number})

    @route("GET", r"/reports/2021-06-30/reports/([^/]+)")
    def get_report(self, call, number):
        report = self.reports.get(number)
        if report is None:
            return fail(404, "NotFound", "The report was not found.")
        if report["looks"]:
            report["looks"] -= 1
            report["processingStatus"] = "IN_PROGRESS"
        elif report["processingStatus"] not in ("DONE", "CANCELLED", "FATAL"):
            self._finish(report)
        return Reply(200, {name: value for name, value in report.items() if name != "looks"})

    def _finish(self, report):
        kind = report["reportType"]
        rows = [row for row in self.tables[kind] if _is_within(row, report)]
        if kind in self.fatal:
            report["processingStatus"] = "FATAL"
        elif not rows:
            report["processingStatus"] = "CANCELLED"
        else:
            document = f"amzn1.spdoc.1.4.na.{uuid.uuid4().hex}"
            report |= {"processingStatus": "DONE", "reportDocumentId": document}
            self.files[document] = self._write(kind, rows)

    def _write(self, kind, rows):
        mark = '"' if kind == "GET_LEDGER_DETAIL_VIEW_DATA" else ""
        lines = [COLUMNS[kind], *([row.get(name, "") for name in COLUMNS[kind]] for row in rows)]
        text = "".join(
            "\t".join(f"{mark}{value}{mark}" for value in line) + "\r\n" for line in lines
        )
        content = text.encode(self.encoding)
        return gzip.compress(content) if self.packs else content

    @route("GET", r"/reports/2021-06-30/documents/([^/]+)")
    def get_document(self, call, document):
        if document not in self.files:
            return fail(404, "NotFound", "The document was not found.")
        answer = {
            "reportDocumentId": document,
            "url": f"{self.url}/files/{document}?X-Amz-Signature=peer",
        }
        return Reply(200, {**answer, "compressionAlgorithm": "GZIP"} if self.packs else answer)

    @route("GET", r"/files/([^/]+)")
    def get_file(self, call, document):
        charset = f"; charset={self.encoding}" if self.says_encoding else ""
        headers = {"Content-Type": f"text/tab-separated-values{charset}"}
        return Reply(200, self.files[document], headers)

    # -------------------------------------------------------------------------
    # The warehouse at work
    # -------------------------------------------------------------------------

    def take_back(self, order, sku, **values):
        """A unit a customer sent back, graded; other columns with _ for -."""
        return self._tell(
            "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA",
            {
                "return-date": write_now().replace("Z", "+00:00"),
                "order-id": order,
                "sku": sku,
                "asin": "B0PEER0001",
                "fnsku": "X00PEER001",
                "product-name": "Shirt",
                "quantity": "1",
                "fulfillment-center-id": "TUS1",
                "detailed-disposition": "SELLABLE",
                "reason": "UNWANTED_ITEM",
                "status": "Unit returned to inventory",
                "license-plate-number": f"LPNPEER{next(self._ids)}",
            },
            values,
        )

    def remove(self, number, sku, **values):
        return self._tell(
            "GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA",
            {
                "request-date": write_now(),
                "order-id": number,
                "order-type": "Disposal",
                "order-status": "Completed",
                "last-updated-date": write_now(),
                "sku": sku,
                "disposition": "Unsellable",
                "requested-quantity": "2",
                "cancelled-quantity": "0",
                "disposed-quantity": "2",
                "shipped-quantity": "0",
                "in-process-quantity": "0",
                "removal-fee": "1.04",
                "currency": "USD",
            },
            values,
        )

    def ship_removal(self, number, sku, **values):
        return self._tell(
            "GET_FBA_FULFILLMENT_REMOVAL_SHIPMENT_DETAIL_DATA",
            {
                "request-date": write_now(),
                "order-id": number,
                "shipment-date": write_now(),
                "sku": sku,
                "disposition": "Unsellable",
                "shipped-quantity": "3",
                "carrier": "UPS",
                "tracking-number": "1ZREMOVAL",
                "removal-order-type": "Return",
            },
            values,
        )

    def adjust(self, sku, quantity, **values):
        return self._tell(
            "GET_LEDGER_DETAIL_VIEW_DATA",
            {
                "Date": datetime.now(UTC).strftime("%m/%d/%Y"),
                "MSKU": sku,
                "FNSKU": "X00PEER001",
                "Title": 'Shirt, 10" wide',
                "Event Type": "Adjustments",
                "Reference ID": str(next(self._ids)),
                "Quantity": str(quantity),
                "Fulfillment Center": "TUS1",
                "Disposition": "SELLABLE",
                "Reason": "M",
                "Country": "US",
                "Date and Time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
            },
            values,
        )

    def _tell(self, kind, row, values):
        row |= {
            name if name in row else name.replace("_", "-"): value for name, value in values.items()
        }
        self.tables[kind].append(row)
        return row


def _is_within(row, report):
    """:return: whether a row lies within the span a report was ordered for"""
    moments = [datetime.fromisoformat(row[name]) for name in _DATES if row.get(name)]
    if not moments:
        moments = [datetime.strptime(row["Date"], "%m/%d/%Y").replace(tzinfo=UTC)]
    start, end = (datetime.fromisoformat(report[name]) for name in ("dataStartTime", "dataEndTime"))
    return start <= moments[0] <= end
