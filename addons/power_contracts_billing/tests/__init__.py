from . import test_advice_kernel
from . import test_advice
