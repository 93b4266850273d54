import inspect
import re
from datetime import timedelta
from decimal import Decimal

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from requests.exceptions import ConnectTimeout, RequestException

from ..carriers.base import Draft, Label, LabelAdapter, VoidAnswer
from ..providers.base import AnswerFile, RejectedError, UnknownOutcomeError

MIMETYPES = ("application/pdf", "image/png", "image/jpeg", "image/gif", "text/plain")
# Odoo's clock and the database's may differ by a moment.
CLOCK_MARGIN = timedelta(seconds=5)
_NUMBER_IN_NAME = re.compile(r"-(?P<number>[0-9A-Z]{8,40})(?:-\d+)?\.\w+$")


class DeliveryMethodAdapter(LabelAdapter):
    """Labels from whatever delivery method of Odoo can make return labels: Odoo's own, those of
    Enterprise and of OCA.

    The contract is ``stock_delivery``'s, Odoo 19.0: ``<type>_get_return_label(pickings,
    tracking_number, origin_date)`` leaves an attachment on the transfer. Not every provider keeps to
    it: some take fewer arguments, name the file otherwise, or give the number back instead of
    writing it. So everything that is new on the receipt afterwards counts.

    Providers call their carrier inside of a transaction. It is one of its own here, committed as soon
    as the provider is done: what it bought is not lost with whatever comes after. They also hide lost
    connections behind ordinary errors; those are taken for an unknown outcome, and then only the
    receipt can be asked.

    :param env: environment of the account's company
    :param carrier: ``delivery.carrier``
    :param label: ``helloword.return.label`` it is called for, or None
    """

    capabilities = frozenset(("void", "look_up"))

    def __init__(self, env, carrier, label=None):
        self._env = env
        self._carrier_id = carrier.id
        self._label_id = label.id if label else 0

    def check(self):
        self._in_own_transaction(self._get_method)

    def prepare(self, request):
        def look(env):
            self._get_method(env)
            self._get_receipt(env)

        self._in_own_transaction(look)
        return Draft(request.number)

    def buy(self, request, draft_ref, rate_ref, key):
        found = self._in_own_transaction(self._harvest)
        if found:
            return found
        return self._in_own_transaction(self._make)

    def fetch(self, request, draft_ref):
        label = self._in_own_transaction(self._harvest)
        if label is None:
            raise UnknownOutcomeError(
                "The receipt shows no label; whether the carrier made one cannot be asked here."
            )
        return label

    def void(self, label_ref, tracking_number=""):
        def give_back(env):
            carrier = env["delivery.carrier"].browse(self._carrier_id)
            if not hasattr(carrier, f"{carrier.delivery_type}_cancel_shipment"):
                raise RejectedError(f"“{carrier.name}” cannot give labels back.")
            receipt = self._get_receipt(env)
            _translate_errors(lambda: carrier.cancel_shipment(receipt))

        self._in_own_transaction(give_back)
        return VoidAnswer("voided")

    # -------------------------------------------------------------------------
    # In a transaction of its own
    # -------------------------------------------------------------------------

    def _in_own_transaction(self, work):
        if not self._env.registry.ready:
            # Modules are being installed: no other transaction sees the tables yet.
            return work(self._env(user=SUPERUSER_ID))
        with self._env.registry.cursor() as cr:
            return work(api.Environment(cr, SUPERUSER_ID, dict(self._env.context)))

    def _get_method(self, env):
        """:return: the provider's own method
        :raise RejectedError: it makes no return labels
        """
        carrier = env["delivery.carrier"].browse(self._carrier_id)
        method = getattr(carrier, f"{carrier.delivery_type}_get_return_label", None)
        if method is None or not carrier.can_generate_return:
            raise RejectedError(f"The delivery method “{carrier.name}” makes no return labels.")
        return method

    def _get_receipt(self, env):
        label = env["helloword.return.label"].browse(self._label_id)
        receipt = label.return_id.receipt_picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )[:1]
        if not receipt:
            raise RejectedError("There is no receipt the label could be made for.")
        return receipt

    def _make(self, env):
        method, receipt = self._get_method(env), self._get_receipt(env)
        receipt.carrier_id = self._carrier_id
        result = _translate_errors(lambda: _call(method, receipt))
        label = self._harvest(env, result)
        if label is None:
            raise UnknownOutcomeError("The delivery method left no label on the receipt.")
        return label

    def _harvest(self, env, result=None):
        """What stands on the receipt since our label was asked for and is no other label's.

        :param result: what the provider gave back
        :return: :class:`~..carriers.base.Label` or None
        """
        receipt = self._get_receipt(env)
        label = env["helloword.return.label"].browse(self._label_id)
        others = label.return_id.label_ids - label
        kept = (others.label_attachment_id | others.document_ids).mapped("checksum")
        attachments = env["ir.attachment"].search(
            [
                ("res_model", "=", "stock.picking"),
                ("res_id", "=", receipt.id),
                ("create_date", ">=", label.create_date - CLOCK_MARGIN),
                ("mimetype", "in", MIMETYPES),
                ("checksum", "not in", kept),
            ],
            order="id",
        )
        if not attachments:
            return None
        carrier = receipt.carrier_id
        told = _read_result(result)
        number = told.get("tracking_number") or receipt.carrier_tracking_ref or ""
        if not number:
            found = filter(None, map(_NUMBER_IN_NAME.search, attachments.mapped("name")))
            number = next((match["number"] for match in found), "")
        price = told.get("exact_price") or receipt.carrier_price
        prefix = carrier.get_return_label_prefix()
        main = attachments.filtered(lambda file: (file.name or "").startswith(prefix))[:1]
        main = main or attachments[:1]
        return Label(
            provider_ref=f"{receipt.name}",
            tracking_number=number,
            tracking_url=_read_link(carrier, receipt) if number else "",
            carrier=carrier.name,
            service=carrier.name,
            cost=Decimal(str(price)) if price else None,
            currency=receipt.company_id.currency_id.name if price else "",
            files=tuple(
                AnswerFile(
                    file.name,
                    file.mimetype,
                    file.raw,
                    kind="label" if file == main else "paper",
                )
                for file in attachments
            ),
        )


def _call(method, receipt):
    """Call a provider with as many arguments as it takes."""
    for arguments in ((receipt, None, None), (receipt, None), (receipt,)):
        try:
            inspect.signature(method).bind(*arguments)
        except TypeError:
            continue
        return method(*arguments)
    raise RejectedError("The delivery method's way of making return labels is not known.")


def _translate_errors(work):
    """Say what a provider's failure means for the label."""
    try:
        return work()
    except (RejectedError, NotImplementedError) as error:
        raise RejectedError(str(error) or "The delivery method does not do this.") from error
    except Exception as error:
        if isinstance(error, UserError) and not _was_connection_lost(error):
            raise RejectedError(str(error)) from error
        raise UnknownOutcomeError(
            f"The delivery method failed in the middle ({type(error).__name__}): {error}"
        ) from error


def _was_connection_lost(error):
    while error is not None:
        if isinstance(error, RequestException | OSError) and not isinstance(error, ConnectTimeout):
            return True
        error = error.__cause__ or error.__context__
    return False


def _read_result(result):
    """:return: dict a provider gave back, alone or as the first of a list; else an empty one"""
    first = result[0] if isinstance(result, list | tuple) and result else result
    return first if isinstance(first, dict) else {}


def _read_link(carrier, receipt):
    """:return: address of the parcel's page; providers may fail, or give several as JSON"""
    try:
        link = carrier.get_tracking_link(receipt)
    except Exception:
        return ""
    return link if isinstance(link, str) and link.startswith("http") else ""
