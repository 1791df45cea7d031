from . import test_contract_calendar
from . import test_contract
from . import test_equipment
from . import test_portal
from . import test_visit
