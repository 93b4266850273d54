import os

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import config

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.helloword_returns.providers.base import RejectedError

from ..wms.file import FileAdapter
from ..wms.file_columns import EXPECTED_COLUMNS, IN_COLUMNS, INSTRUCTION_COLUMNS, compact
from ..wms.file_report import FileSettings
from ..wms.file_store import FolderStore

# Folders of this machine that files may be exchanged over, separated by commas.
FOLDERS_OPTION = "helloword_wms_folders"
COLUMNS = tuple(dict.fromkeys((*IN_COLUMNS, *EXPECTED_COLUMNS, *INSTRUCTION_COLUMNS)))


class HellowordWmsConnection(models.Model):
    """Warehouses that exchange files; see :mod:`~odoo.addons.helloword_3pl.wms.file`."""

    _inherit = "helloword.wms.connection"

    provider = fields.Selection(selection_add=[("file", "Files")], ondelete={"file": "cascade"})
    file_place = fields.Selection(
        [("folder", "A folder of this server")],
        string="Files Are Exchanged Over",
        default="folder",
        groups="base.group_system",
    )
    file_path = fields.Char(
        string="Folder",
        groups="base.group_system",
        copy=False,
        help="Below a folder the server's administrator allowed. Folders in, out, done and failed "
        "are made in it.",
    )
    file_encoding = fields.Selection(
        [
            ("utf-8-sig", "UTF-8"),
            ("gb18030", "GB 18030 (Chinese)"),
            ("utf-16", "UTF-16"),
            ("cp1252", "Western (Windows 1252)"),
            ("latin-1", "Western (Latin 1)"),
        ],
        string="Encoding",
        help="Empty: found out when files are read, UTF-8 in those we write.",
    )
    file_delimiter = fields.Selection(
        [("comma", "Comma"), ("semicolon", "Semicolon"), ("tab", "Tab")],
        string="Columns Are Separated by",
        help="Empty: found out when files are read, commas in those we write.",
    )
    file_day_order = fields.Selection(
        [
            ("ymd", "2026-12-31 only"),
            ("dmy", "31.12.2026 (day first)"),
            ("mdy", "12/31/2026 (month first)"),
        ],
        string="Dates",
        required=True,
        default="ymd",
        help="Dates that begin with the year are always understood.",
    )
    file_decimal_mark = fields.Selection(
        [("dot", "1234.50"), ("comma", "1234,50")],
        string="Decimal Mark",
        help="Empty: found out number by number; one that may be two is refused.",
    )
    file_tz = fields.Selection(
        _tz_get,
        string="Time Zone of Files",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="Of times that name none.",
    )
    file_column_ids = fields.One2many(
        "helloword.wms.file.column", "connection_id", string="Columns", copy=True
    )

    @api.constrains("provider", "active", "file_place", "file_path")
    def _check_file_path(self):
        """The folder is one that is allowed, and nobody else reads it."""
        connections = self.sudo()
        in_folders = connections.filtered(
            lambda connection: connection._get_file_place() == "folder" and connection.file_path
        )
        for connection in in_folders:
            try:
                connection._get_file_store()
            except RejectedError as error:
                raise ValidationError(connection._describe_forbidden_folder()) from error
        connections._check_file_place_alone()

    def _check_file_place_alone(self):
        """Two connections would read each other's files."""
        running = self.search([("provider", "=", "file"), ("active", "=", True)])
        for connection in self & running:
            place = connection._get_file_place_key()
            for other in running - connection:
                if place and other._get_file_place_key() == place:
                    raise ValidationError(
                        self.env._(
                            "“%(other)s” exchanges files over the same folder. Give “%(name)s” one "
                            "of its own.",
                            other=other.name,
                            name=connection.name,
                        )
                    )

    def _get_file_place(self):
        """:return: key of ``file_place``, or False where no files are exchanged"""
        self.ensure_one()
        return self.provider == "file" and (self.sudo().file_place or "folder")

    def _get_file_place_key(self):
        """What two connections must not share. Hook.

        :return: tuple; empty while it is not entered
        """
        self.ensure_one()
        path = self.sudo().file_path
        return ("folder", os.path.normpath(path)) if path else ()

    def _get_wms_adapter_class(self):
        if self.provider == "file":
            return FileAdapter
        return super()._get_wms_adapter_class()

    def _get_wms_adapter(self):
        if self.provider != "file":
            return super()._get_wms_adapter()
        connection = self.sudo()
        try:
            store = connection._get_file_store()
        except RejectedError as error:
            raise UserError(connection._describe_forbidden_folder()) from error
        return FileAdapter(store, connection._get_file_settings())

    def _get_file_store(self):
        """Where files are exchanged. Hook.

        :return: :class:`~odoo.addons.helloword_3pl.wms.file_store.FileStore`
        :raise UserError: something is missing
        :raise RejectedError: the folder is not allowed
        """
        self._check_credentials("file_path")
        allowed = str(config.get(FOLDERS_OPTION) or "")
        return FolderStore(
            self.file_path.strip(), [path.strip() for path in allowed.split(",") if path.strip()]
        )

    def _describe_forbidden_folder(self):
        return self.env._(
            "The folder “%(path)s” is not below one the server's administrator allowed. They are "
            "named by “%(option)s” in the configuration of Odoo.",
            path=self.file_path,
            option=FOLDERS_OPTION,
        )

    def _get_file_settings(self):
        """:return: :class:`~odoo.addons.helloword_3pl.wms.file_report.FileSettings`"""
        self.ensure_one()
        return FileSettings(
            encoding=self.file_encoding or "",
            delimiter={"comma": ",", "semicolon": ";", "tab": "\t"}.get(self.file_delimiter, ""),
            day_order=self.file_day_order,
            decimal_mark={"dot": ".", "comma": ","}.get(self.file_decimal_mark, ""),
            zone=self.file_tz or "UTC",
            currency=self._get_fee_currency_code(),
            columns={row.header: row.column for row in self.sudo().file_column_ids},
            treatments={
                code: disposition for disposition, code in self._get_treatment_codes().items()
            },
        )


class HellowordWmsFileColumn(models.Model):
    """What a warehouse calls a column of its files, where it is none of the names we know."""

    _name = "helloword.wms.file.column"
    _description = "Column of a Warehouse's Files"
    _order = "id"
    _rec_name = "header"

    connection_id = fields.Many2one(
        "helloword.wms.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    header = fields.Char(string="Name in the File", required=True)
    column = fields.Selection(
        [(name, name) for name in COLUMNS], string="Our Column", required=True
    )

    _header_uniq = models.Constraint(
        "UNIQUE(connection_id, header)", "This name in the file has its column already."
    )

    @api.constrains("header", "connection_id")
    def _check_header(self):
        for connection in self.connection_id:
            names = [compact(row.header) for row in connection.file_column_ids]
            if not all(names):
                raise ValidationError(self.env._("Enter the name of a column as the file has it."))
            if len(names) > len(set(names)):
                raise ValidationError(
                    self.env._("Two names of columns differ only in blanks, dashes or case.")
                )
