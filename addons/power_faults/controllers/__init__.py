from . import api
from . import call
from . import crew
from . import portal
from . import public
