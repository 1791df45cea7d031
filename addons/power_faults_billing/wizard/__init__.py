from . import power_fault_call
