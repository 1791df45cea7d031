from . import queue_job
from . import power_bill
from . import power_bill_run
