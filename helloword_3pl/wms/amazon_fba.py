"""Fulfillment by Amazon (FBA): what customers sent back to Amazon, and what Amazon did with it.

Sources: as in :mod:`.amazon_reports` and :mod:`.amazon_fba_report`.

- Amazon announces nothing and is announced nothing: it grades each unit and tells afterwards, by
  reports. A row of a return has the order's number, the seller SKU, the grade, and the license plate
  (LPN) Amazon stuck on the unit. It belongs to our return of that order; where there is none it waits
  for one.
- Sound units are sellable again. All others lie among the unfulfillable ones, until a removal ships
  them or has them destroyed; a unit that was repackaged is sellable, one Amazon paid for is Amazon's.
- Removals are told when they are over, by two reports: what was disposed of by that of orders, what
  was shipped by that of shipments. Neither says which customer's return a unit was.
- Of the ledger only adjustments are taken: all its other rows stand in the other reports.
- Reports cover a span that reaches back over the last one, as rows come late and change.
- Removals cannot be ordered here: none of Amazon's published interfaces has an operation for it.
  Amazon's list of feeds names a flat file (POST_FLAT_FILE_FBA_CREATE_REMOVAL) whose content is not
  published; they are ordered in Seller Central.

Certain only with an account: words of ``status`` beside those of ``vocabulary.csv``; whether a unit is
ever graded anew (a second grade of the same license plate waits for a person); longest spans; the
order of day and month in the ledger's dates (months first, where the date with time is missing);
whether units of MCF orders show up under the seller's number of the order.
"""

from datetime import UTC, datetime, timedelta

from .amazon_fba_report import (
    LEDGER_COLUMNS,
    REMOVAL_COLUMNS,
    RETURN_COLUMNS,
    SHIPMENT_COLUMNS,
    read_ledger,
    read_removal,
    read_report,
    read_return,
    read_shipment,
)
from .amazon_reports import OPEN_STATES, ReportClient, UnreadableReportError
from .base import EventPage, WarehouseAdapter, WarehouseEvent
from .content import read_cursor, read_utc, write_cursor, write_utc

# Report → (how its rows are read, its columns, days it reaches back over the last one).
REPORTS = {
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": (read_return, RETURN_COLUMNS, 45),
    "GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA": (read_removal, REMOVAL_COLUMNS, 60),
    "GET_FBA_FULFILLMENT_REMOVAL_SHIPMENT_DETAIL_DATA": (read_shipment, SHIPMENT_COLUMNS, 30),
    "GET_LEDGER_DETAIL_VIEW_DATA": (read_ledger, LEDGER_COLUMNS, 30),
}
# How far the first reports reach back; how much a later one may add.
FIRST_LOOK = timedelta(days=60)
LONGEST_STEP = timedelta(days=30)
# How often a report is ordered.
PERIOD = timedelta(hours=4)
# A report without data about a time that is longer over than this had nothing to tell.
SETTLED = timedelta(days=3)
# A report that takes longer is ordered again.
PATIENCE = timedelta(hours=12)
# Seconds after which a report that is made is looked for.
WAIT = 300
# Events handed on at once.
PAGE_SIZE = 500


class AmazonFbaAdapter(WarehouseAdapter):
    """:param session: :class:`~odoo.addons.helloword_returns.providers.amazon.AmazonSession`
    :param str marketplace: identifier
    :param str region: key of :data:`~odoo.addons.helloword_returns.providers.amazon.REGIONS`
    """

    capabilities = frozenset(("poll",))
    poll_interval = 3600

    def __init__(self, session, marketplace="", region=""):
        self._reports = ReportClient(session, marketplace, region)
        # The document that is handed on in pages, and its events.
        self._loaded = ("", ())

    def check(self):
        self._reports.check(next(iter(REPORTS)))

    def fetch(self, cursor=""):
        """One step of one report: order it, look whether it is there, or hand on some of its rows.

        The cursor keeps, for each report, ``since`` (told up to here), ``ordered`` (when it was
        last), ``behind`` (there is more that is over), of one that is made ``number`` and
        ``until``, of one that is handed on ``document`` and ``row``.
        """
        place, kinds, now = read_cursor(cursor), list(REPORTS), datetime.now(UTC)
        step = place.get("step", 0) % len(kinds)
        states = {kind: place.get("reports", {}).get(kind) or {} for kind in kinds}
        kind = kinds[step]
        events, states[kind], is_done = self._advance(kind, states[kind], now)
        step += is_done
        waits = any(state.get("number") for state in states.values())
        self.poll_interval = WAIT if waits else type(self).poll_interval
        cursor = write_cursor(step=step % len(kinds), reports=states)
        return EventPage(events, cursor, has_more=step < len(kinds))

    def _advance(self, kind, state, now):
        """:return: tuple (events, new state, whether it is the next report's turn)"""
        if not state.get("number"):
            return (), self._order(kind, state, now), True
        if not state.get("document"):
            status, document = self._reports.look(state["number"])
            if status in OPEN_STATES:
                is_late = now - read_utc(state["ordered"]) > PATIENCE
                return (), _forget(state) if is_late else state, True
            if status == "CANCELLED":
                return (), _skip(state, now), True
            if status != "DONE":
                return self._give_up(kind, state, f"Amazon could not make it ({status}).")
            state = {**state, "document": document, "row": 0}
        try:
            events = self._load(kind, state["document"])
        except UnreadableReportError as error:
            return self._give_up(kind, state, str(error))
        page, following = events[state["row"] :][:PAGE_SIZE], state["row"] + PAGE_SIZE
        if following < len(events):
            return page, {**state, "row": following}, False
        self._loaded = ("", ())
        return page, _close(state, now), True

    def _order(self, kind, state, now):
        ordered, since = read_utc(state.get("ordered")), read_utc(state.get("since"))
        if ordered and now - ordered < PERIOD and not state.get("behind"):
            return state
        start, until = now - FIRST_LOOK, now
        if since:
            start = since - timedelta(days=REPORTS[kind][2])
            until = min(now, since + LONGEST_STEP)
        number = self._reports.order(kind, start, until)
        return {
            **_forget(state),
            "number": number,
            "until": write_utc(until),
            "ordered": write_utc(now),
        }

    def _load(self, kind, document):
        if self._loaded[0] != document:
            read, columns, _overlap = REPORTS[kind]
            self._loaded = (document, read_report(read, self._reports.load(document), columns))
        return self._loaded[1]

    @staticmethod
    def _give_up(kind, state, why):
        """People see that a report is missing; it is ordered again later, for the same time."""
        event = WarehouseEvent(
            event_id=f"fba-report-{state['number']}",
            type="unreadable",
            moment=None,
            note=f"{kind}: {why}",
            raw={"reportId": state["number"], "until": state["until"]},
        )
        return (event,), _forget(state), True


def _forget(state):
    """:return: the state without a report that is made"""
    return {name: state[name] for name in ("since", "ordered") if state.get(name)}


def _close(state, now):
    """:return: the state after all of a report was told"""
    is_behind = now - read_utc(state["until"]) > PERIOD + PATIENCE
    closed = {**_forget(state), "since": state["until"]}
    return {**closed, "behind": True} if is_behind else closed


def _skip(state, now):
    """:return: the state after Amazon cancelled a report: it had nothing to tell, or it was ordered
    too soon. What is long over is left behind, all else is asked for again.
    """
    return _close(state, now) if now - read_utc(state["until"]) > SETTLED else _forget(state)
