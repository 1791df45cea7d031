from . import network_import
