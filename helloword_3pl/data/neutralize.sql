-- A copy of the database tells no warehouse anything and hears nothing: keys stay behind, and it
-- takes no files away from the folders of the original.
UPDATE helloword_wms_connection
   SET environment = 'test',
       api_key = NULL,
       api_secret = NULL,
       webhook_secret = NULL,
       webhook_token = NULL,
       file_path = NULL,
       sftp_host = NULL,
       sftp_password = NULL,
       sftp_private_key = NULL;
UPDATE helloword_wms_webhook SET active = FALSE;
UPDATE helloword_wms_key SET active = FALSE;
