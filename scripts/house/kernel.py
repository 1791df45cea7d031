"""The rating kernel without Odoo: `power_billing/tools` as a package of its own."""

import importlib
import importlib.util
import sys
from types import ModuleType

from . import paths

PACKAGE = "power_rating"


def load(name: str) -> ModuleType:
    """Import a module of the kernel, such as `rating`, by its place in this folder."""
    if PACKAGE not in sys.modules:
        folder = paths.ADDONS / "power_billing" / "tools"
        spec = importlib.util.spec_from_file_location(
            PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[PACKAGE])
    return importlib.import_module(f"{PACKAGE}.{name}")
