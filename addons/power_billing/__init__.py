from . import controllers
from . import models
from . import wizard


def post_init_hook(env):
    """Prepare the accounts of every company that has a chart; the others do it in the settings."""
    env["res.company"].search([("chart_template", "!=", False)])._power_billing_setup()


def uninstall_hook(env):
    """Drop the partitioned table, which Odoo does not know; the view of it goes first."""
    env.cr.execute("DROP VIEW IF EXISTS power_load_day")
    env.cr.execute("DROP TABLE IF EXISTS power_load_day_data")
    env.cr.execute("DROP SEQUENCE IF EXISTS power_load_day_id_seq")
