from . import wms_answer
from . import wms_file_import
from . import wms_key_shown
from . import wms_bill_import
from . import wms_bill_choice
