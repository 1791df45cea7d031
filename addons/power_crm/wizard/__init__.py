from . import power_portfolio_transfer
