from . import power_grading_source
from . import res_partner
