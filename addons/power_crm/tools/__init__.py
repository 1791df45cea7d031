from . import customer_import
from . import electrical
from . import supply_compliance
from . import table_file
