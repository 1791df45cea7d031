from . import portal
from . import prints
