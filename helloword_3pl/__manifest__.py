{
    "name": "HelloWord Returns: Third-Party Warehouses",
    "summary": "Warehouses of others are told what comes back, and say what came and what they did",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Returns",
    "author": "HelloWord",
    "website": "https://github.com/helloword/helloword-returns",
    "license": "LGPL-3",
    "depends": [
        "helloword_returns",
    ],
    "data": [
        "security/wms_security.xml",
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "views/connection_views.xml",
        "views/connection_fee_currency_views.xml",
        "views/connection_shipbob_views.xml",
        "views/connection_shipmonk_views.xml",
        "views/connection_shiphero_views.xml",
        "views/wms_event_views.xml",
    ],
    "demo": [],
}
