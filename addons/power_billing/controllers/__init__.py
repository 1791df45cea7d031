from . import portal
from . import portal_bill_data
from . import price_list
from . import prices
from . import portal_money
from . import prints
from . import portal_reading
from . import reading_api
