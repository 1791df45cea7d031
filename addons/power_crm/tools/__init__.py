from . import electrical
from . import supply_compliance
