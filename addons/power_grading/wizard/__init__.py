from . import base_partner_merge
from . import power_grading_scheme_import
from . import power_grading_try
from . import power_grading_try_weight
from . import power_grading_try_band
from . import power_grading_try_mover
from . import power_grading_comparison
from . import power_grading_difference
