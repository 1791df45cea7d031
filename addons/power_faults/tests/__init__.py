from . import test_crew
from . import test_fault
from . import test_fault_access
from . import test_fault_kernels
from . import test_fault_pages
from . import test_intake
from . import test_promise
from . import test_restoration
