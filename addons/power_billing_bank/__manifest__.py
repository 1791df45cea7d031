{
    "name": "Power Billing: Bank Statements",
    "summary": "Glue: bank lines pay the electricity bills whose reference they carry",
    "version": "19.0.1.1.0",
    "category": "Power utility",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": [
        "power_billing",
        "account_reconcile_oca",  # OCA/account-reconcile
        "account_statement_import_sheet_file",  # OCA/bank-statement-import
    ],
    "data": ["data/sheet_mapping_data.xml"],
    "auto_install": True,
}
