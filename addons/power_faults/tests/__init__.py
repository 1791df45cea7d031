from . import test_fault
from . import test_fault_kernels
from . import test_promise
