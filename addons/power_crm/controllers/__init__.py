from . import customer_import
from . import portal
