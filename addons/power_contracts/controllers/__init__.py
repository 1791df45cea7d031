from . import portal
from . import services
