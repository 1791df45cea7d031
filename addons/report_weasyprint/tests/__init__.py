from . import test_engine_setting
from . import test_invoice
from . import test_page
from . import test_render
from . import test_resources
from . import test_stylesheet
