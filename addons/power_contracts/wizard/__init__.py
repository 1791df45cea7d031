from . import power_contract_stop
from . import power_contract_visit_replan
