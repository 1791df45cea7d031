from . import power_fault_scorecard
