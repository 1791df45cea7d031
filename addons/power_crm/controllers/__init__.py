from . import customer_import
from . import portal
from . import sender_api
