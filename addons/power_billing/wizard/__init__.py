from . import power_bill_cancel
from . import power_reading_import_line
from . import power_reading_import
from . import power_tariff_import
from . import power_tariff_import_line
