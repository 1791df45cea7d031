from . import base_partner_merge
from . import power_upload_mixin
from . import power_table_import_problem_mixin
from . import power_table_import_mixin
from . import power_customer_import
from . import power_customer_import_problem
from . import power_portfolio_transfer
from . import power_sender_token
