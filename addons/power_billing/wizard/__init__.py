from . import power_bill_cancel
