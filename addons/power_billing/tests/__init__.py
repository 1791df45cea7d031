from . import test_kernel_register
from . import test_kernel_rating
from . import test_setup
from . import test_tariff
from . import test_reading
from . import test_bill_run
