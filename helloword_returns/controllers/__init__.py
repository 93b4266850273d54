from . import portal
from . import public
from . import return_request
from . import return_status
from . import withdrawal
from . import label_webhook
