from . import power_year_mixin
from . import power_ranking_mixin
from . import power_customer_year
from . import power_customer_ranking
from . import power_industry_ranking
from . import power_grading_run
from . import power_grading_source
from . import power_pyramid_layer
