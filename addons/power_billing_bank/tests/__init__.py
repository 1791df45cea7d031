from . import test_bank_file
from . import test_bank_match
from . import test_bank_volume
