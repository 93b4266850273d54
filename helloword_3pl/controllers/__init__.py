from . import wms_webhook
