from . import test_published_case
from . import test_rankings
from . import test_sources
from . import test_kernel_dunning
from . import test_dunning
