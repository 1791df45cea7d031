from . import power_fault
from . import power_network_node
from . import power_outage
from . import power_supply_point
