from . import portal
from . import price_list
from . import prices
from . import portal_money
from . import prints
