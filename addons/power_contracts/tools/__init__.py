from . import contract_calendar
from . import free_time
