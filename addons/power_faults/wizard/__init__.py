from . import power_network_import
from . import power_network_import_problem
from . import power_outage_merge
from . import power_outage_split
from . import power_reliability_line
from . import power_reliability_report
from . import power_storm
