from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..wms.file_sftp import SftpStore, read_host_key


class HellowordWmsConnection(models.Model):
    """Files over SFTP; see :mod:`~odoo.addons.helloword_3pl.wms.file_sftp`."""

    _inherit = "helloword.wms.connection"

    file_place = fields.Selection(
        selection_add=[("sftp", "SFTP")], ondelete={"sftp": "set default"}
    )
    sftp_host = fields.Char(string="Server", groups="base.group_system", copy=False)
    sftp_port = fields.Integer(string="Port", groups="base.group_system", default=22)
    sftp_user = fields.Char(string="User", groups="base.group_system", copy=False)
    sftp_password = fields.Char(
        string="Password",
        groups="base.group_system",
        copy=False,
        help="Of the user, or of the private key where one is entered.",
    )
    sftp_private_key = fields.Text(
        string="Private Key",
        groups="base.group_system",
        copy=False,
        help="As OpenSSH writes it. Empty: the user logs in with the password.",
    )
    sftp_host_key = fields.Char(
        string="Key of the Server",
        groups="base.group_system",
        copy=False,
        help="Its fingerprint (SHA256:…) or public key, as the operator says it. “Test Connection” "
        "shows the one the server has.",
    )
    sftp_path = fields.Char(
        string="Folder on the Server",
        groups="base.group_system",
        copy=False,
        help="Empty: the one the server opens.",
    )

    @api.constrains("sftp_host_key", "sftp_port")
    def _check_sftp(self):
        for connection in self.sudo():
            if connection.sftp_host_key and not read_host_key(connection.sftp_host_key):
                raise ValidationError(
                    self.env._(
                        "“%s” is no key of a server. Enter its fingerprint, which begins with "
                        "SHA256:, or its public key.",
                        connection.sftp_host_key,
                    )
                )
            if not 0 < connection.sftp_port < 65536:
                raise ValidationError(self.env._("Enter a port from 1 to 65535, usually 22."))

    @api.constrains("sftp_host", "sftp_port", "sftp_user", "sftp_path", "provider", "active")
    def _check_sftp_alone(self):
        self.sudo()._check_file_place_alone()

    def _get_file_place_key(self):
        connection = self.sudo()
        if connection._get_file_place() != "sftp":
            return super()._get_file_place_key()
        if not connection.sftp_host:
            return ()
        return (
            "sftp",
            connection.sftp_host.strip().lower(),
            connection.sftp_port,
            connection.sftp_user or "",
            (connection.sftp_path or "").strip("/ "),
        )

    def _get_file_store(self):
        if self._get_file_place() != "sftp":
            return super()._get_file_store()
        self._check_credentials("sftp_host", "sftp_user")
        return SftpStore(
            self.sftp_host.strip(),
            self.sftp_port,
            self.sftp_user.strip(),
            password=self.sftp_password or "",
            host_key=self.sftp_host_key or "",
            private_key=self.sftp_private_key or "",
            path=(self.sftp_path or "").strip(),
        )
