from . import power_fault_quote
