from . import test_network_kernel
from . import test_network_node
from . import test_reliability_kernel
from . import test_outage_kernel
from . import test_reliability
from . import test_outage
