from . import power_bill_cancel
from . import power_reading_import_line
from . import power_reading_import
from . import power_late_fee_waive
from . import power_counter_payment
from . import power_counter_payment_line
