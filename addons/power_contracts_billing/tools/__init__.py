from . import advice
