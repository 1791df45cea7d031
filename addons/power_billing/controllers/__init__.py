from . import portal
from . import price_list
from . import prices
