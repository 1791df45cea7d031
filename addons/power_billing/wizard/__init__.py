from . import power_bill_cancel
from . import power_meter_register_add
from . import power_reading_entry
from . import power_reading_entry_line
from . import power_reading_import
from . import power_reading_import_line
from . import power_late_fee_waive
