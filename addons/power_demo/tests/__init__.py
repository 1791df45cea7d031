from . import test_kernel_utility
from . import test_bulk
from . import test_demo_utility
from . import test_every_filter
from . import test_every_screen
from . import test_replay
from . import test_demo_contracts
