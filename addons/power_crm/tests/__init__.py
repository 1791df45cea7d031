from . import test_import_kernel
from . import test_import_wizard
from . import test_portal
from . import test_portal_security
