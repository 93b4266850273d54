-- A copy of the database buys nothing and hears nothing: keys stay behind.
UPDATE helloword_label_account
   SET environment = 'test',
       api_key = NULL,
       api_secret = NULL,
       dhl_username = NULL,
       dhl_password = NULL,
       webhook_secret = NULL,
       webhook_token = NULL
 WHERE provider NOT IN ('demo', 'slip', 'manual', 'odoo_delivery');
