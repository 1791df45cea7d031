from . import test_bank_file
