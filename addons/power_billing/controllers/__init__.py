from . import portal
from . import price_list
