from . import test_sources
from . import test_published_case
from . import test_rankings
