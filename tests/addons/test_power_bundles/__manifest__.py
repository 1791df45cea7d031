{
    "name": "Power Suite: bundles of the tests",
    "summary": "Before the tests of pages only those bundles are built that a tour opens",
    "version": "19.0.1.1.0",
    "category": "Hidden/Tests",
    "author": "Power CRM",
    "license": "AGPL-3",
    "depends": ["web"],
}
