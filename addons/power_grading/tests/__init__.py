from . import test_scoring
from . import test_validation
from . import test_engine
from . import test_scheme
from . import test_sources
from . import test_run
