from . import wms_key_shown
