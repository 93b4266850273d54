{
    "name": "HelloWord Returns: Sales Channels",
    "summary": "Requests of every marketplace in one inbox, and what is decided here happens there",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Returns",
    "author": "HelloWord",
    "website": "https://github.com/helloword/helloword-returns",
    "license": "LGPL-3",
    "depends": [
        "helloword_returns",
    ],
    "data": [
        "security/ir.model.access.csv",
        "views/channel_views.xml",
    ],
}
