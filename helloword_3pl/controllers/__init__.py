from . import wms_webhook
from . import wms_api
