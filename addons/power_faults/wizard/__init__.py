from . import power_network_import
from . import power_network_import_problem
from . import power_reliability_line
from . import power_reliability_report
