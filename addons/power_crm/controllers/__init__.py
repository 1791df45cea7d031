from . import customer_import
from . import portal_list
from . import portal
from . import sender_api
