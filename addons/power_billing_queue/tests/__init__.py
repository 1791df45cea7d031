from . import test_bill_jobs
