from . import res_company
from . import res_config_settings
from . import power_advice
from . import power_advice_line
from . import power_bill
from . import power_supply_point
