from . import contract_calendar
