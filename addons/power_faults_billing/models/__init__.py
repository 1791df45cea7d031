from . import power_promise_credit_rule
from . import power_promise_credit
from . import power_fault_clock
from . import power_fault
