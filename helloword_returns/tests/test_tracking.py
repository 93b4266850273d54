from datetime import UTC, datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..carriers.base import Tracking, TrackingEvent
from .common_tracking import TrackingCommon


@tagged("post_install", "-at_install")
class TestTracking(TrackingCommon):
    """What carriers tell, kept once and in its place."""

    def test_status_is_the_latest_by_moment(self):
        label = self._make_old_label()
        self._tell(label, self._event("out_for_delivery", -2, city="Reno", country="US"))
        self._tell(label, self._event("picked_up", -50))
        self._tell(label, self._event("in_transit", -20))
        self.assertEqual(label.tracking_status, "out_for_delivery")
        self.assertEqual(len(label.event_ids), 3)
        self.assertEqual(label.scanned_date, self.now - timedelta(hours=50))
        self.assertEqual(label.return_id.shipped_date, label.scanned_date)
        self.assertEqual(label.return_id.tracking_status, "out_for_delivery")
        self.assertEqual(label.event_ids[0].place, "Reno, United States")

    def test_told_again(self):
        label = self._make_old_label()
        events = (self._event("picked_up", -5, code="A"), self._event("in_transit", -3, code="B"))
        for _time in range(3):
            self._tell(label, *events)
        self._tell(label, self._event("in_transit", -3, code="C"))
        self.assertEqual(sorted(label.event_ids.mapped("code")), ["A", "B", "C"])
        shipped = label.return_id.shipped_date
        self._tell(label, *events)
        self.assertEqual(label.return_id.shipped_date, shipped)

    def test_customer_said_so_before(self):
        label = self._make_old_label()
        said = self.now - timedelta(hours=60)
        label.return_id.shipped_date = said
        self._tell(label, self._event("picked_up", -50))
        self.assertEqual(label.return_id.shipped_date, said)
        self.assertEqual(label.scanned_date, self.now - timedelta(hours=50))

    def test_clock_on_the_wall(self):
        label = self._make_old_label()
        day = (self.now - timedelta(days=3)).date()
        nevada = self._local_event("in_transit", f"{day} 09:00", country="US", state="NV")
        somewhere = self._local_event("picked_up", f"{day} 08:00")
        label.bought_date = self.now - timedelta(days=5)
        self._tell(label, somewhere, nevada)
        by_status = {event.status: event for event in label.event_ids}
        berlin = by_status["picked_up"]
        self.assertEqual(berlin.local_moment, f"{day} 08:00:00")
        self.assertEqual(berlin.timezone_source, "route")
        self.assertIn(
            (datetime.fromisoformat(f"{day} 08:00") - berlin.moment).seconds, (3600, 7200)
        )
        reno = by_status["in_transit"]
        self.assertEqual((reno.timezone, reno.timezone_source), ("America/Los_Angeles", "place"))
        self.assertIn(
            (reno.moment - datetime.fromisoformat(f"{day} 09:00")).seconds, (7 * 3600, 8 * 3600)
        )

    def test_clock_that_runs_ahead(self):
        label = self._make_old_label()
        self._tell(label, self._event("delivered", 80), self._event("in_transit", -3))
        self.assertEqual(label.tracking_status, "in_transit")
        self.assertFalse(label.delivered_date)

    def test_status_without_events(self):
        label = self._make_old_label()
        for _time in range(2):
            label._apply_tracking(Tracking(label.tracking_number, "in_transit"))
        self.assertEqual(label.event_ids.mapped("status"), ["in_transit"])
        self.assertEqual(label.return_id.goods_state, "transit")
        label._apply_tracking(Tracking(label.tracking_number, "unknown"))
        self.assertEqual(label.tracking_status, "in_transit")

    def test_status_without_events_after_the_delivery(self):
        label = self._make_old_label()
        self._tell(label, self._event("delivered", -3))
        label._apply_tracking(Tracking(label.tracking_number, "in_transit"))
        self.assertEqual(label.tracking_status, "delivered")

    def test_label_made_said_late(self):
        label = self._make_old_label()
        self._tell(label, self._event("pending", -50))
        self.assertEqual(label.tracking_status, "pending")
        self._tell(label, self._event("in_transit", -20), self._event("pending", -2))
        self.assertEqual(label.tracking_status, "in_transit")
        self.assertEqual(label.last_event_date, self.now - timedelta(hours=20))

    def test_moment_nobody_can_read(self):
        label = self._make_old_label()
        self._tell(label, TrackingEvent("picked_up", None), self._event("in_transit", -2))
        self.assertEqual(label.event_ids.mapped("status"), ["in_transit"])
        self.assertFalse(self._tell(label, TrackingEvent("delivered", None)))
        self.assertEqual(label.tracking_status, "delivered", "now, as nobody knows when")

    def test_refund_on_the_first_scan(self):
        label = self._make_old_label(refund_trigger="first_scan")
        self.assertEqual(label.return_id.refund_state, "waiting")
        self._tell(label, self._event("pending", -6))
        self.assertEqual(label.return_id.refund_state, "waiting")
        self._tell(label, self._event("picked_up", -5))
        self.assertEqual(label.return_id.refund_state, "due")

    def test_arrival_follows_the_parcel(self):
        label = self._make_old_label()
        eta = (self.now + timedelta(days=2)).replace(tzinfo=UTC)
        self._tell(label, self._event("picked_up", -5), eta=eta)
        ret = label.return_id
        self.assertEqual((label.eta_source, ret.eta_source), ("carrier", "carrier"))
        self.assertEqual(ret.expected_arrival_date, label._as_dock_day(label.eta_date))
        self._tell(label, self._event("delivered", -1))
        self.assertEqual(ret.expected_arrival_date, label._as_dock_day(label.delivered_date))
        self.assertEqual(ret.arrival_warehouse_id, self.warehouse)
        self.assertEqual(ret.goods_state, "transit", "Nobody at the dock has seen it")

    def test_overtaken_message_keeps_the_later_arrival(self):
        label = self._make_old_label()
        first, later = ((self.now + timedelta(days=days)).replace(tzinfo=UTC) for days in (2, 5))
        self._tell(label, self._event("delivery_delayed", -2), eta=later)
        self._tell(label, self._event("in_transit", -20), eta=first)
        self.assertEqual(label.eta_date, later.replace(tzinfo=None))
        self._tell(label, self._event("in_transit", -1), eta=first)
        self.assertEqual(label.eta_date, first.replace(tzinfo=None))

    def test_arrival_told_as_a_day(self):
        label = self._make_old_label()
        day = (self.now + timedelta(days=3)).date()
        for eta in (
            datetime(day.year, day.month, day.day),
            datetime(day.year, day.month, day.day, tzinfo=UTC),
        ):
            self._tell(label, self._event("in_transit", -5), eta=eta)
            self.assertEqual(label._as_dock_day(label.eta_date), day)
            self.assertEqual(label.return_id.expected_arrival_date, day)
            self.assertGreater(label.eta_date, fields.Datetime.to_datetime(day))

    def test_tracking_page(self):
        label = self._make_old_label()
        label.tracking_url = False
        for url in (
            "javascript:alert(1)",
            "https://carrier.example/track/1",
            "https://other.example",
        ):
            label._apply_tracking(Tracking(label.tracking_number, "in_transit", public_url=url))
        self.assertEqual(label.tracking_url, "https://carrier.example/track/1")
        with self.assertRaisesRegex(ValidationError, "must begin with https"):
            label.tracking_url = "javascript:alert(1)"

    # -------------------------------------------------------------------------
    # Numbers used again
    # -------------------------------------------------------------------------

    def test_number_another_parcel_had(self):
        label = self._make_label()
        old = self._event("delivered", -24 * 90)
        self.assertEqual(self._tell(label, old), label)
        self.assertFalse(label.event_ids)
        self.assertFalse(label.scanned_date)
        self.assertFalse(self._tell(label, old, self._event("picked_up", 0)))
        self.assertEqual(label.event_ids.mapped("status"), ["picked_up"])

    def test_number_another_parcel_has_now(self):
        label = self._make_old_label(days=100)
        self._tell(label, self._event("delivered", -24 * 90))
        self.assertEqual(self._tell(label, self._event("picked_up", -5)), label)
        self.assertEqual(label.tracking_status, "delivered")

    def test_number_entered_by_hand(self):
        ret = self._make_return(self.order, {self.product_standard: 1})
        ret.action_mark_shipped()
        wizard = self.env["helloword.return.label.upload"].create(
            {"return_id": ret.id, "tracking_number": "X1", "carrier": "Post"}
        )
        wizard.action_upload()
        label = ret.label_ids.filtered(lambda label: label.tracking_number == "X1")
        self._tell(label, self._event("in_transit", -30))
        self.assertEqual(label.tracking_status, "in_transit", "handed in before it was entered")
        label.tracking_number = "X2"
        self.assertFalse(label.tracking_status, "another parcel")
        self._tell(label, self._event("out_for_delivery", -1))
        self.assertEqual(label._get_current_events().mapped("status"), ["out_for_delivery"])
        slip = self._make_account("Slip", provider="slip")
        with self.assertRaisesRegex(ValidationError, "cannot be asked"):
            label.tracking_account_id = slip
        label.tracking_account_id = self.account

    def test_number_put_right(self):
        label = self._make_old_label(refund_trigger="first_scan")
        eta = (self.now + timedelta(days=2)).replace(tzinfo=UTC)
        self._tell(label, self._event("in_transit", -30), eta=eta)
        ret, right = label.return_id, label.tracking_number
        self.assertEqual((ret.goods_state, ret.refund_state), ("transit", "due"))
        label.tracking_number = "RIGHT"
        self.assertFalse(label.scanned_date or label.eta_date or ret.shipped_date)
        self.assertEqual((ret.goods_state, ret.refund_state), ("expected", "waiting"))
        label.tracking_number = right
        self.assertEqual(label.scanned_date, self.now - timedelta(hours=30))
        self.assertEqual(ret.shipped_date, label.scanned_date)

    # -------------------------------------------------------------------------
    # Lanes
    # -------------------------------------------------------------------------

    def test_learned(self):
        label = self._make_old_label()
        self._make_journeys(label, [24, 48, 72, 96, 240])
        self.env["helloword.label.lane"]._refresh()
        self._tell(label, self._event("picked_up", -5))
        self.assertEqual(label.eta_source, "learned")
        self.assertEqual(label.eta_date, label.scanned_date + timedelta(days=3))
        slowest = label.eta_latest_date - label.scanned_date
        self.assertAlmostEqual(slowest.total_seconds() / 3600, 124.8, places=2)
        self.assertEqual(label.return_id.expected_arrival_date, label._as_dock_day(label.eta_date))
        eta = (self.now + timedelta(days=9)).replace(tzinfo=UTC)
        self._tell(label, self._event("in_transit", -2), eta=eta)
        self.assertEqual(label.eta_source, "carrier", "It knows better")

    def test_wider_lane(self):
        label = self._make_old_label()
        self._make_journeys(label, [48] * 5, carrier="Other Post")
        self.env["helloword.label.lane"]._refresh()
        lanes = self.env["helloword.label.lane"].search([("company_id", "=", self.company.id)])
        self.assertEqual(sorted(lanes.mapped("scope")), ["carrier", "countries", "destination"])
        self.assertEqual(label._get_lanes()[label].scope, "countries")
        label.return_id.country_id = self._country("FR")
        self.assertEqual(label._get_lanes()[label].scope, "destination")

    def test_too_few_to_learn_from(self):
        label = self._make_old_label()
        self._make_journeys(label, [48] * 4)
        self.env["helloword.label.lane"]._refresh()
        self._tell(label, self._event("picked_up", -5))
        self.assertFalse(label.eta_date)
        self._make_journeys(label, [48])
        self._run_cron("cron_refresh_lanes")
        self.assertEqual(label.eta_date, label.scanned_date + timedelta(days=2))

    # -------------------------------------------------------------------------
    # Many, and others
    # -------------------------------------------------------------------------

    def test_query_count(self):
        counts = []
        for size in (2, 12):
            labels = self.env["helloword.return.label"].browse(
                self._make_old_label(refund_trigger="first_scan").id for _number in range(size)
            )
            trackings = {
                label: Tracking(
                    label.tracking_number,
                    "in_transit",
                    events=(self._event("picked_up", -9 - i), self._event("in_transit", -1)),
                )
                for i, label in enumerate(labels)
            }
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            labels.with_context(queue_job__no_delay=False)._apply_trackings(trackings)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(set(labels.mapped("tracking_status")), {"in_transit"})
        self.assertLess(counts[1] - counts[0], 12, counts)

    def test_other_company(self):
        label = self._make_old_label()
        self._tell(label, self._event("picked_up", -5))
        other = new_test_user(
            self.env,
            "far",
            groups="helloword_returns.group_return_user",
            company_id=self.company_2.id,
            company_ids=[(6, 0, self.company_2.ids)],
        )
        Event = self.env["helloword.tracking.event"].with_user(other)
        self.assertFalse(Event.search([("label_id", "=", label.id)]))
        with self.assertRaises(AccessError):
            label.event_ids.with_user(other).read(["status"])
        self._make_journeys(label, [48] * 5)
        self.env["helloword.label.lane"]._refresh()
        self.assertFalse(
            self.env["helloword.label.lane"].search([("company_id", "=", self.company_2.id)])
        )

    def test_nobody_writes_events(self):
        label = self._make_old_label()
        self._tell(label, self._event("picked_up", -5))
        user = new_test_user(self.env, "near", groups="helloword_returns.group_return_manager")
        with self.assertRaises(AccessError):
            label.event_ids.with_user(user).write({"status": "delivered"})
        own = new_test_user(self.env, "own", groups="helloword_returns.group_return_own")
        label.return_id.user_id = user
        with self.assertRaises(AccessError):
            label.event_ids.with_user(own).read(["status"])

    def test_timeline(self):
        label = self._make_old_label()
        self.assertFalse(label.return_id.parcel_timeline)
        self.assertIsNone(label.return_id._get_portal_parcel())
        self._tell(
            label,
            self._event("picked_up", -5, message="Angenommen <b>", city="Berlin", country="DE"),
        )
        self.assertIn("Angenommen &lt;b&gt;", label.return_id.parcel_timeline)
        told = label.return_id._get_portal_parcel()
        self.assertEqual(told["headline"], "The carrier has your parcel")
        self.assertEqual(told["events"][0]["place"], "Berlin, Germany")
