from . import power_fault_assign
from . import power_fault_call
