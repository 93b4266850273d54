from . import channel
from . import channel_store
from . import channel_provider
