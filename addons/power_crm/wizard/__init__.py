from . import power_customer_import
from . import power_customer_import_problem
from . import power_portfolio_transfer
from . import power_sender_token
