from . import test_common
from . import test_mail
from . import test_operation
from . import test_portal
from . import test_receipt
from . import test_warehouse
from . import test_refund
from . import test_wizard
