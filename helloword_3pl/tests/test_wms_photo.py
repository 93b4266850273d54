import io

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from PIL import Image

from ..models.wms_photo import ATTEMPTS
from ..wms.base import Photo
from .common import WmsCommon


def draw_picture(colour="red"):
    content = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(content, "PNG")
    return content.getvalue()


@tagged("post_install", "-at_install")
class TestWmsPhoto(WmsCommon):
    """Pictures that warehouses take reach the return and the result they show."""

    def _take_pictured(self, event_id, ret, condition, *photos, hours=0):
        return self._take(
            self._inspected(
                event_id, ret, self.product_standard, 1, condition, hours=hours, photos=photos
            )
        )

    def test_each_result_shows_its_own(self):
        ret = self._expect({self.product_standard: 2})
        red, blue = draw_picture("red"), draw_picture("blue")
        self._take_pictured("i1", ret, "new", Photo(ref="a", content=red))
        self._take_pictured("i2", ret, "defective", Photo(ref="b", content=blue))
        results = {row.grade_id: row.attachment_ids.raw for row in ret.inspection_ids}
        self.assertEqual(sorted(results.values()), sorted([red, blue]))
        self.assertEqual(set(ret.wms_photo_ids.mapped("state")), {"kept"})

    def test_told_again_is_kept_once(self):
        ret = self._expect({self.product_standard: 2})
        photo = Photo(ref="a", content=draw_picture())
        self.assertEqual(self._take_pictured("i1", ret, "new", photo), [("accepted", "")])
        self.assertEqual(self._take_pictured("i1", ret, "new", photo), [("duplicate", "")])
        self._take_pictured("i2", ret, "new", photo, hours=1)
        self.assertEqual(len(ret.wms_photo_ids), 1)
        self.assertEqual(len(ret.wms_photo_ids.attachment_id), 1)

    def test_picture_comes_after_the_event_that_names_it(self):
        ret = self._expect({self.product_standard: 1})
        content = draw_picture("green")
        name = self.connection._keep_photo(content)
        self.connection._find_photos([name])[name].unlink()
        self._take_pictured("i1", ret, "new", Photo(ref=name))
        self.assertEqual(ret.wms_photo_ids.state, "waiting")
        self.assertFalse(ret.inspection_ids.attachment_ids)
        self.connection._keep_photo(content)
        self.assertEqual(ret.wms_photo_ids.state, "kept")
        self.assertEqual(ret.inspection_ids.attachment_ids.raw, content)

    def test_one_picture_of_two_returns(self):
        content = draw_picture("green")
        for number in (1, 2):
            ret = self._expect({self.product_standard: 1})
            self._take_pictured(f"i{number}", ret, "new", Photo(content=content))
            self.assertEqual(ret.inspection_ids.attachment_ids.raw, content)

    def test_what_is_no_picture_is_not_kept(self):
        ret = self._expect({self.product_standard: 1})
        photo = Photo(ref="a", content=b"<svg onload='alert(1)'/>")
        self.assertEqual(self._take_pictured("i1", ret, "new", photo), [("accepted", "")])
        self.assertFalse(ret.inspection_ids.attachment_ids)
        self.assertEqual(ret.inspection_ids.state, "done")

    def test_loaded_from_the_operator(self):
        self.connection.write({"provider": "demo", "demo_mode": "full", "demo_pace": "hours"})
        ret = self._expect({self.product_standard: 1})
        good = "demo://photo/?ref=a&condition=new"
        self._take_pictured("i1", ret, "new", Photo(url=good), Photo(url="http://localhost/x"))
        states = {row.sudo().url: row.state for row in ret.wms_photo_ids}
        self.assertEqual(states, {good: "kept", "http://localhost/x": "failed"})
        self.assertEqual(ret.inspection_ids.attachment_ids.mimetype, "image/jpeg")
        failed = ret.wms_photo_ids.filtered("error")
        failed.sudo().url = f"{good}&view=detail"
        failed.action_retry()
        self.assertEqual(failed.state, "kept")
        self.assertEqual(len(ret.inspection_ids.attachment_ids), 2)

    def test_given_up_after_a_while(self):
        """An address that does not answer is tried again, later and later, and then no more."""
        self.connection.write({"provider": "shipbob", "api_key": "key", "account_ref": "1"})
        ret = self._expect({self.product_standard: 1})
        photo = (
            self.env["helloword.wms.photo"]
            .sudo()
            .create(
                {
                    "return_id": ret.id,
                    "connection_id": self.connection.id,
                    "name": "ph_x",
                    "url": "https://192.0.2.1:1/x.jpg",
                    "next_date": fields.Datetime.now(),
                }
            )
        )
        waits = []
        for _attempt in range(ATTEMPTS):
            self.assertEqual(photo.state, "waiting")
            photo._note_failure(ConnectionError("no answer"))
            waits.append(photo.next_date)
        self.assertEqual(photo.state, "failed")
        self.assertEqual(waits, sorted(set(waits)))

    def test_batch_asks_a_bounded_number_of_queries(self):
        def count(number):
            returns = [self._expect({self.product_standard: 1}) for _one in range(number)]
            name = self.connection._keep_photo(draw_picture((number, number, number)))
            events = [
                self._inspected(
                    f"q{number}-{ret.id}",
                    ret,
                    self.product_standard,
                    photos=[Photo(ref=name), Photo(ref=f"none{ret.id}")],
                )
                for ret in returns
            ]
            rows = self.env["helloword.wms.photo"].sudo()
            before = self.cr.sql_log_count
            states = self.env["helloword.return"].browse([ret.id for ret in returns])
            shown = {
                ret: dict.fromkeys(event.units[0].photos, ret.inspection_ids)
                for ret, event in zip(states, events, strict=True)
            }
            rows._sync(shown, dict.fromkeys(states, self.connection))
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(1)
        few, many = count(2), count(12)
        # Each copy of an attachment is a file of its own; the rest does not grow.
        self.assertLess(many - few, 10 * 12)

    def test_others_see_nothing(self):
        ret = self._expect({self.product_standard: 1})
        self._take_pictured("i1", ret, "new", Photo(content=draw_picture()))
        stranger = new_test_user(self.env, "stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            ret.wms_photo_ids.with_user(stranger).read(["name"])
        other = self.env["res.company"].create({"name": "Other"})
        elsewhere = new_test_user(
            self.env,
            "elsewhere",
            groups="helloword_returns.group_return_user",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(self.env["helloword.wms.photo"].with_user(elsewhere).search([]))
