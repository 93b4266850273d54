"""What a seller promises or does, in the words the checks understand."""

from dataclasses import dataclass, field

# What refund a buyer gets; only "original" and "choice" leave them their money.
ORIGINAL, CHOICE, STORE_CREDIT, EXCHANGE, PARTIAL = (
    "original",
    "choice",
    "store_credit",
    "exchange",
    "partial",
)
# Kinds of goods the European Union's law lets a seller exclude (Directive 2011/83/EU Art. 16).
EU_EXCLUSIONS = frozenset(
    {"custom_made", "perishable", "hygiene_unsealed", "mixed", "media_unsealed", "newspapers"}
)
BLANKET_EXCLUSION = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """None means that nothing is said, and nothing is checked. Sales to consumers at a distance.

    :ivar window_days: calendar days for a change of mind; 0: such returns are refused
    :ivar window_start: ``delivery`` of the last item, ``first_delivery``, ``dispatch``, ``order``
    :ivar must_arrive_in_window: goods must be back inside the window
    :ivar send_back_days: days for sending the goods after the notice
    :ivar label_paid_by: ``seller`` or ``buyer``, on a change of mind
    :ivar refund_days: days until the refund; 0: at once
    :ivar refund_trigger: what they count from: ``notice``, ``notice_or_proof`` (the notice, but not
        before goods or proof of dispatch), ``goods_or_proof``, ``first_scan``, ``receipt`` or
        ``inspection``
    :ivar refund_method: one of the constants above
    :ivar fee_percent: restocking fee on a change of mind
    :ivar fee_amount: the same as a fixed amount
    :ivar exclusions: codes of kinds of goods that are not taken back
    :ivar claim_days: days for claims about faulty goods; 0: they are refused
    :ivar limited_to_products: the refusal concerns some products only
    """

    window_days: int | None = None
    window_start: str | None = None
    must_arrive_in_window: bool | None = None
    send_back_days: int | None = None
    withdrawal_explained: bool | None = None
    withdrawal_function: bool | None = None
    policy_shown_before_billing: bool | None = None
    label_paid_by: str | None = None
    faulty_label_paid_by: str | None = None
    label_cost_disclosed: bool | None = None
    refund_days: int | None = None
    refund_trigger: str | None = None
    refund_method: str | None = None
    faulty_refund_method: str | None = None
    refund_outbound: bool | None = None
    fee_percent: float | None = None
    fee_amount: float | None = None
    faulty_fee_percent: float | None = None
    faulty_fee_amount: float | None = None
    fee_disclosed: bool | None = None
    approval_required: bool | None = None
    manual_review: bool | None = None
    reason_required: bool | None = None
    photo_required: bool | None = None
    login_required: bool | None = None
    exclusions: frozenset[str] = field(default_factory=frozenset)
    exclusions_announced: bool | None = None
    claim_days: int | None = None
    odr_link: bool | None = None
    limited_to_products: bool = False

    @property
    def has_fee(self):
        return bool(self.fee_percent or self.fee_amount)

    @property
    def has_faulty_fee(self):
        return bool(self.faulty_fee_percent or self.faulty_fee_amount)
