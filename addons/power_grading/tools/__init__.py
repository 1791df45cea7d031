from . import scoring
from . import scoring_sql
from . import validation
