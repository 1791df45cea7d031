from . import test_fault_cover
