from . import advice
from . import shift
