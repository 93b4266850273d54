from . import wms_answer
from . import wms_key_shown
