{
    "name": "Test: only the assets that tours load",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["web"],
    "installable": True,
}
