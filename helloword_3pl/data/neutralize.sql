-- A copy of the database tells no warehouse anything and hears nothing: keys stay behind.
UPDATE helloword_wms_connection
   SET environment = 'test',
       api_key = NULL,
       api_secret = NULL,
       webhook_secret = NULL,
       webhook_token = NULL;
UPDATE helloword_wms_webhook SET active = FALSE;
UPDATE helloword_wms_key SET active = FALSE;
