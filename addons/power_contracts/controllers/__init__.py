from . import finance
from . import portal
from . import services
