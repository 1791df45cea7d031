from . import network_import
from . import reliability
