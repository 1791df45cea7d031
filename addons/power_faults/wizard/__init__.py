from . import power_network_import
from . import power_network_import_problem
