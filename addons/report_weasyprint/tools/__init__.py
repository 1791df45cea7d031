from . import engine
from . import page
from . import stylesheet
