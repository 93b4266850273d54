"""Label services as operations see them: three kinds of calls, each known by its request.

``label_prepare`` spends nothing and may be repeated; ``label_buy`` spends and is looked up when its
answer was lost; ``label_void`` gives back.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from ..providers.base import REQUEST_TYPES, Answer, RejectedError, UnknownOutcomeError
from .base import Draft, Label, LabelRequest, VoidAnswer

# Longest text of an answer that is kept; labels inside of answers are kept as files.
LONGEST_TEXT = 4000


@dataclass(frozen=True)
class LabelTask:
    """:param int label_id: of our label document
    :param int account_id: of our account at the service
    """

    label_id: int = 0
    account_id: int = 0
    label: LabelRequest = field(default_factory=LabelRequest)


@dataclass(frozen=True)
class PrepareTask(LabelTask):
    """Make a draft and ask for its rates.

    :param int round: how often people had the services asked again
    """

    round: int = 0


@dataclass(frozen=True)
class BuyTask(LabelTask):
    """:param str draft_ref: of the draft to buy, at the service
    :param str rate_ref: of the chosen rate, empty where the service has no choice
    :param amount: what the rate asks
    """

    draft_ref: str = ""
    rate_ref: str = ""
    amount: Decimal = Decimal(0)
    currency: str = ""


@dataclass(frozen=True)
class VoidTask(LabelTask):
    """:param str label_ref: of the label to give back, at the service"""

    label_ref: str = ""
    tracking_number: str = ""


REQUEST_TYPES.update(label_prepare=PrepareTask, label_buy=BuyTask, label_void=VoidTask)
LABEL_KINDS = ("label_prepare", "label_buy", "label_void")


@dataclass(frozen=True)
class LabelAnswer(Answer):
    """:param result: what the adapter said"""

    result: Draft | Label | VoidAnswer | None = None


class LabelOperations:
    """One account at one label service in the shape operations call.

    :param adapter: :class:`~.base.LabelAdapter`
    """

    def __init__(self, adapter):
        self._adapter = adapter

    def perform(self, kind, task, key):
        """Carry one task out; see :meth:`~..providers.base.ChannelAdapter.perform`."""
        if kind == "label_prepare":
            return _as_answer(self._adapter.prepare(task.label))
        if kind == "label_buy":
            return _as_answer(self._adapter.buy(task.label, task.draft_ref, task.rate_ref, key))
        if kind == "label_void":
            return _as_answer(self._adapter.void(task.label_ref, task.tracking_number), task)
        raise RejectedError(f"A label service cannot carry out “{kind}”.")

    def look_up(self, kind, task, key):
        """Whether a task was carried out; see :meth:`~..providers.base.ChannelAdapter.look_up`.

        A draft is simply made again. So is giving back what the service knows nothing of: it costs
        nothing.
        """
        if kind == "label_buy":
            label = self._adapter.fetch(task.label, task.draft_ref)
            return label and _as_answer(label)
        if kind == "label_void":
            try:
                return _as_answer(
                    self._adapter.fetch_void(task.label_ref, task.tracking_number), task
                )
            except UnknownOutcomeError:
                return None
        return None


def _as_answer(result, task=None):
    return LabelAnswer(
        external_ref=getattr(result, "provider_ref", "") or getattr(task, "label_ref", ""),
        raw=shorten(result.raw),
        files=getattr(result, "files", ()),
        # What was read from the answer is enough: the answer itself is kept once.
        result=replace(result, raw={}),
    )


def shorten(data):
    """A copy fit to be kept: long texts (labels, pictures) are cut."""
    if isinstance(data, dict):
        return {name: shorten(item) for name, item in data.items()}
    if isinstance(data, list | tuple):
        return [shorten(item) for item in data]
    if isinstance(data, str) and len(data) > LONGEST_TEXT:
        return f"{data[:100]}… ({len(data)})"
    return data
