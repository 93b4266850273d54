from . import law_override
from . import regulation_import
from . import return_create
from . import return_import
from . import return_reject
from . import return_cost_match
from . import withdrawal_record
from . import review_bulk
