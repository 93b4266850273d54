from datetime import UTC, timedelta

from odoo.tests import Form, new_test_user, tagged

from .common_tracking import TrackingCommon


@tagged("post_install", "-at_install")
class TestParcelAlert(TrackingCommon):
    """Parcels that need a person."""

    def _watch(self):
        self._run_cron("cron_watch_parcels")

    def _get_activities(self, label):
        return label.return_id.activity_ids.filtered(
            lambda activity: "Parcel" in activity.activity_type_id.name
        )

    def _age(self, label, **hours):
        """Let the facts of a parcel be hours old."""
        for name, count in hours.items():
            label[name] = self.now - timedelta(hours=count)
        self._watch()

    def test_stuck(self):
        label = self._make_old_label(days=20)
        self._tell(label, self._event("in_transit", -24 * 6))
        activity = self._get_activities(label)
        self.assertEqual(activity.activity_type_id.name, "Parcel Stuck")
        self.assertIn(label.tracking_number, activity.summary)
        self._watch()
        self.assertEqual(self._get_activities(label), activity, "once")
        self._tell(label, self._event("in_transit", -2))
        self.assertFalse(self._get_activities(label))
        self.assertTrue(label.alert_ids.closed_date)
        self._age(label, last_event_date=24 * 5.5)
        self.assertTrue(self._get_activities(label), "stuck again")

    def test_done_by_a_person_is_not_asked_again(self):
        label = self._make_old_label(days=20)
        self._tell(label, self._event("in_transit", -24 * 6))
        self._get_activities(label).action_feedback()
        self._watch()
        self.assertFalse(self._get_activities(label))

    def test_in_the_language_of_whom_it_is_for(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        label = self._make_old_label()
        clerk = new_test_user(
            self.env, "watcher", groups="helloword_returns.group_return_user", lang="zh_CN"
        )
        label.return_id.user_id = clerk
        expected = label.with_context(lang="zh_CN")._get_alert_summary("stuck")
        self._tell(label, self._event("in_transit", -24 * 8))
        self._watch()
        activity = self._get_activities(label)
        self.assertEqual((activity.user_id, activity.summary), (clerk, expected))

    def test_delivered_not_received(self):
        label = self._make_old_label()
        self._tell(label, self._event("in_transit", -60), self._event("delivered", -10))
        self.assertFalse(self._get_activities(label))
        self._age(label, delivered_date=49)
        self.assertEqual(
            self._get_activities(label).activity_type_id.name, "Parcel Delivered, Not Received"
        )
        Return = self.env["helloword.return"]
        waiting = [("id", "=", label.return_id.id), ("label_ids.open_alert_ids", "!=", False)]
        self.assertTrue(Return.search(waiting))
        label.return_id.action_receive()
        self.assertFalse(self._get_activities(label))
        self.assertFalse(Return.search(waiting))

    def test_failed(self):
        label = self._make_old_label()
        self._tell(label, self._event("in_transit", -60), self._event("delivery_failed", -1))
        self.assertEqual(
            self._get_activities(label).activity_type_id.name, "Parcel Cannot Be Delivered"
        )
        self._tell(label, self._event("out_for_delivery", 0))
        self.assertFalse(self._get_activities(label))
        self._tell(label, self._event("return_to_sender", 0.5))
        self.assertEqual(len(self._get_activities(label)), 1)

    def test_late(self):
        label = self._make_old_label()
        eta = (self.now - timedelta(hours=49)).replace(tzinfo=UTC)
        self._tell(label, self._event("in_transit", -60), eta=eta)
        self.assertEqual(self._get_activities(label).activity_type_id.name, "Parcel Late")
        later = (self.now + timedelta(hours=20)).replace(tzinfo=UTC)
        self._tell(label, self._event("in_transit", -1), eta=later)
        self.assertFalse(self._get_activities(label))

    def test_nothing_for_what_was_not_handed_in(self):
        label = self._make_old_label(days=20)
        self._tell(label, self._event("pending", -24 * 15))
        self.assertFalse(label.alert_ids)

    def test_switched_off(self):
        self.company.write(
            {"return_stuck_days": 0, "return_unreceived_days": 0, "return_late_days": 0}
        )
        label = self._make_old_label(days=20)
        self._tell(label, self._event("in_transit", -24 * 15))
        self._tell(label, self._event("delivered", -24 * 14))
        self.assertFalse(label.alert_ids)

    def test_nothing_more_is_awaited(self):
        label = self._make_old_label(days=20)
        self._tell(label, self._event("in_transit", -24 * 6))
        label.return_id.action_close_goods()
        self.assertFalse(self._get_activities(label))

    def test_views(self):
        label = self._make_old_label(days=20)
        self._tell(label, self._event("in_transit", -24 * 6, message="Sorted"))
        Form(label)
        Form(label.return_id)
        for model, kinds in (
            ("helloword.return", ("kanban", "list", "search", "calendar")),
            ("helloword.return.label", ("kanban", "list", "search")),
            ("helloword.tracking.event", ("list", "search")),
            ("helloword.label.notice", ("list", "form", "search")),
            ("helloword.label.lane", ("list", "search")),
        ):
            self.env[model].get_views([(False, kind) for kind in kinds])
