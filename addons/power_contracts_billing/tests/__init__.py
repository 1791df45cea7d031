from . import test_advice_kernel
from . import test_advice
from . import test_deposit
from . import test_shift
from . import test_bills_in_sets
from . import test_services_on_bill
from . import test_services_in_sets
