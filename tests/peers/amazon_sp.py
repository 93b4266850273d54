"""Amazon's Selling Partner API as its published models and pages describe it: Login with Amazon,
throttling and errors, and Multi-Channel Fulfillment with state.
"""

import uuid
from datetime import UTC, datetime
from itertools import count
from urllib.parse import parse_qs, unquote

from .base import Reply, route
from .contract import ContractPeer

_ROOT = "/fba/outbound/2020-07-01"
_ORDERS = rf"{_ROOT}/fulfillmentOrders"
# As in the example of Amazon's model.
REASONS = {
    "CR-UNWANTED_ITEM": "No longer needed/wanted",
    "AMZ-PG-BAD-DESC": "Different from website description",
    "CR-DEFECTIVE": "Defective/Does not work properly",
    "CR-DAMAGED_BY_CARRIER": "Damaged during shipping",
}


def fail(status, code, message, details=""):
    """:return: an error in Amazon's form"""
    return Reply(status, {"errors": [{"code": code, "message": message, "details": details}]})


def write_now():
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class AmazonPeer(ContractPeer):
    """Who calls, and how often. Subclasses add what is called."""

    client_id, client_secret = "amzn1.application-oa2-client.peer", "amzn1.oa2-cs.v1.peer"
    refresh_token = "Atzr|peer"
    # Seconds an access token lives.
    lifetime = 3600

    def __init__(self):
        super().__init__()
        self.tokens = set()
        self.busy = 0
        self.rate = "200.0"

    @route("POST", r"/auth/o2/token")
    def make_token(self, call):
        form = {name: values[-1] for name, values in parse_qs(call.body.decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            return Reply(
                401,
                {"error": "invalid_client", "error_description": "Client authentication failed"},
            )
        if form.get("grant_type") != "refresh_token" or form["refresh_token"] != self.refresh_token:
            return Reply(
                400,
                {
                    "error": "invalid_grant",
                    "error_description": "The request has an invalid grant parameter.",
                },
            )
        token = f"Atza|{uuid.uuid4().hex}"
        self.tokens.add(token)
        return Reply(
            200,
            {
                "access_token": token,
                "refresh_token": self.refresh_token,
                "token_type": "bearer",
                "expires_in": self.lifetime,
            },
        )

    def expire_tokens(self):
        self.tokens.clear()

    def authenticate(self, call):
        if call.path.startswith("/auth/"):
            return None
        if call.headers.get("x-amz-access-token") not in self.tokens:
            return fail(
                403,
                "Unauthorized",
                "Access to requested resource is denied.",
                "The access token you provided has expired.",
            )
        if self.busy:
            self.busy -= 1
            return fail(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
        return None

    def refuse(self, faults):
        return fail(
            400,
            "InvalidInput",
            "One or more request parameters in the request is invalid",
            "; ".join(faults),
        )

    def _dispatch(self, call):
        reply = super()._dispatch(call)
        if reply.status in (200, 202, 400, 404) and not call.path.startswith("/auth/"):
            reply.headers["x-amzn-RateLimit-Limit"] = self.rate
        return reply


class AmazonMcfPeer(AmazonPeer):
    contract = "amazon_fulfillment_outbound"
    operations = (
        (
            "GET",
            _ORDERS,
            "ListAllFulfillmentOrders.Query",
            "",
            {200: "ListAllFulfillmentOrdersResponse"},
        ),
        (
            "GET",
            rf"{_ORDERS}/[^/]+",
            "",
            "",
            {200: "GetFulfillmentOrderResponse", 404: "GetFulfillmentOrderResponse"},
        ),
        (
            "PUT",
            rf"{_ORDERS}/[^/]+/return",
            "",
            "CreateFulfillmentReturnRequest",
            {200: "CreateFulfillmentReturnResponse", 400: "CreateFulfillmentReturnResponse"},
        ),
        (
            "GET",
            rf"{_ROOT}/returnReasonCodes",
            "ListReturnReasonCodes.Query",
            "",
            {200: "ListReturnReasonCodesResponse"},
        ),
    )
    marketplace = "ATVPDKIKX0DER"

    def __init__(self):
        super().__init__()
        self.orders = {}
        self.reasons = dict(REASONS)
        self._ids = count(1)

    # -------------------------------------------------------------------------
    # Operations
    # -------------------------------------------------------------------------

    @route("GET", _ORDERS)
    def list_orders(self, call):
        orders = [order["fulfillmentOrder"] for order in self.orders.values()]
        return Reply(200, {"payload": {"fulfillmentOrders": orders}})

    @route("GET", rf"{_ORDERS}/([^/]+)")
    def get_order(self, call, number):
        order = self.orders.get(unquote(number))
        if order is None:
            return fail(404, "NotFound", "The fulfillment order was not found.")
        return Reply(200, {"payload": order})

    @route("GET", rf"{_ROOT}/returnReasonCodes")
    def list_reasons(self, call):
        rows = [
            {"returnReasonCode": code, "description": text} for code, text in self.reasons.items()
        ]
        return Reply(200, {"payload": {"reasonCodeDetails": rows}})

    @route("PUT", rf"{_ORDERS}/([^/]+)/return")
    def create_return(self, call, number):
        order = self.orders.get(unquote(number))
        if order is None:
            return fail(404, "NotFound", "The fulfillment order was not found.")
        if any(item["returnReasonCode"] not in self.reasons for item in call.json["items"]):
            return fail(400, "InvalidInput", "The return reason code is not valid for the item.")
        accepted, invalid = [], []
        with self.lock:
            for item in call.json["items"]:
                code = self._judge(order, item)
                if code:
                    invalid.append(_as_invalid(item, code))
                else:
                    accepted.append(self._accept(order, item))
            authorizations = [self._authorize(order, accepted)] if accepted else []
        return Reply(
            200,
            {
                "payload": {
                    "returnItems": accepted,
                    "invalidReturnItems": invalid,
                    "returnAuthorizations": authorizations,
                }
            },
        )

    @staticmethod
    def _judge(order, item):
        """:return: why a unit cannot come back, or empty"""
        if any(
            known["sellerReturnItemId"] == item["sellerReturnItemId"]
            for known in order["returnItems"]
        ):
            return "DuplicateRequest"
        place = (item["amazonShipmentId"], item["sellerFulfillmentOrderItemId"])
        shipped = 0
        for shipment in order["fulfillmentShipments"]:
            for row in shipment["fulfillmentShipmentItem"]:
                if place == (shipment["amazonShipmentId"], row["sellerFulfillmentOrderItemId"]):
                    if shipment["fulfillmentShipmentStatus"] != "SHIPPED":
                        return "NoCompletedShipItems"
                    shipped += row["quantity"]
        if not shipped:
            return "InvalidValues"
        back = sum(
            place == (known["amazonShipmentId"], known["sellerFulfillmentOrderItemId"])
            for known in order["returnItems"]
        )
        return "NoReturnableQuantity" if back >= shipped else ""

    @staticmethod
    def _accept(order, item):
        row = {
            "sellerReturnItemId": item["sellerReturnItemId"],
            "sellerFulfillmentOrderItemId": item["sellerFulfillmentOrderItemId"],
            "amazonShipmentId": item["amazonShipmentId"],
            "sellerReturnReasonCode": item["returnReasonCode"],
            "returnComment": item.get("returnComment", ""),
            "status": "New",
            "statusChangedDate": write_now(),
        }
        order["returnItems"].append(row)
        return row

    def _authorize(self, order, items):
        number = f"D{next(self._ids):06}RRMA"
        for item in items:
            item["returnAuthorizationId"] = f"RMA{number}"
        row = {
            "returnAuthorizationId": f"RMA{number}",
            "fulfillmentCenterId": "TUS1",
            "returnToAddress": {
                "name": "Returns Department",
                "addressLine1": "5333 W. Lower Buckeye Road",
                "city": "Phoenix",
                "stateOrRegion": "AZ",
                "countryCode": "US",
                "postalCode": "85043",
            },
            "amazonRmaId": number,
            "rmaPageURL": f"https://www.amazon.com/gp/orc/rml/{number}",
        }
        order["returnAuthorizations"].append(row)
        return row

    # -------------------------------------------------------------------------
    # The warehouse at work
    # -------------------------------------------------------------------------

    def ship(self, number, status="SHIPPED", **quantities):
        """An order, shipped in one shipment.

        :param quantities: SKU (with _ for -) → quantity
        """
        now = write_now()
        rows = [
            {
                "sellerSku": sku.replace("_", "-"),
                "sellerFulfillmentOrderItemId": f"{number}-{index}",
                "quantity": quantity,
            }
            for index, (sku, quantity) in enumerate(quantities.items(), 1)
        ]
        self.orders[number] = {
            "fulfillmentOrder": {
                "sellerFulfillmentOrderId": number,
                "marketplaceId": self.marketplace,
                "displayableOrderId": number,
                "displayableOrderDate": now,
                "displayableOrderComment": "Thank you",
                "shippingSpeedCategory": "Standard",
                "destinationAddress": {
                    "name": "Jane",
                    "addressLine1": "1 Market St",
                    "city": "San Francisco",
                    "stateOrRegion": "CA",
                    "postalCode": "94105",
                    "countryCode": "US",
                },
                "receivedDate": now,
                "fulfillmentOrderStatus": "Complete" if status == "SHIPPED" else "Processing",
                "statusUpdatedDate": now,
            },
            "fulfillmentOrderItems": [
                {**row, "cancelledQuantity": 0, "unfulfillableQuantity": 0} for row in rows
            ],
            "fulfillmentShipments": [
                {
                    "amazonShipmentId": f"D{next(self._ids)}",
                    "fulfillmentCenterId": "TUS1",
                    "fulfillmentShipmentStatus": status,
                    "fulfillmentShipmentItem": rows,
                }
            ],
            "returnItems": [],
            "returnAuthorizations": [],
        }
        return self.orders[number]

    def process(self, number, *conditions, moment=""):
        """The next units of an order arrive and are graded."""
        waiting = [row for row in self.orders[number]["returnItems"] if row["status"] == "New"]
        for row, condition in zip(waiting, conditions, strict=False):
            row |= {
                "status": "Processed",
                "statusChangedDate": moment or write_now(),
                "returnReceivedCondition": condition,
                "fulfillmentCenterId": "TUS1",
                "amazonReturnReasonCode": "UNKNOWN_OTHER_REASON",
            }
        return waiting


def _as_invalid(item, code):
    return {
        "sellerReturnItemId": item["sellerReturnItemId"],
        "sellerFulfillmentOrderItemId": item["sellerFulfillmentOrderItemId"],
        "invalidItemReason": {"invalidItemReasonCode": code, "description": f"Refused: {code}"},
    }
