from . import power_fault_scorecard
from . import power_fault_scorecard_connection
