from . import queue_job
from . import power_send_mixin
from . import power_bill_run
