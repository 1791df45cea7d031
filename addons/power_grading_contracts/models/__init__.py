from . import power_grading_source
