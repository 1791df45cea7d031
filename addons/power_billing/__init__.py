from . import controllers
from . import models
from . import wizard


def post_init_hook(env):
    """Prepare the accounts of every company that has a chart; the others do it in the settings."""
    env["res.company"].search([("chart_template", "!=", False)])._power_billing_setup()
