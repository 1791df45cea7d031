from . import power_fault
from . import sale_order
from . import power_contract_visit
