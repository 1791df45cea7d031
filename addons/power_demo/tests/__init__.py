from . import test_kernel_utility
