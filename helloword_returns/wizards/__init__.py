from . import return_reject
