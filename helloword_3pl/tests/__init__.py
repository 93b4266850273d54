from . import test_wms_apply
from . import test_wms_event
from . import test_wms_fee
from . import test_wms_notice
from . import test_wms_photo
from . import test_wms_question
from . import test_wms_api
from . import test_wms_demo_loop
