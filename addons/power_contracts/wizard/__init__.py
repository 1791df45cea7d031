from . import power_contract_stop
