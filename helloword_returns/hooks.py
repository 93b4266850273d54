from odoo.exceptions import UserError, ValidationError
from psycopg2 import Error as DatabaseError


def post_init_hook(env):
    """Give the companies and warehouses that exist already what later ones get when they are
    made."""
    env["helloword.channel"]._create_manual_channels(env["res.company"].search([]))
    env["stock.warehouse"].with_context(active_test=False).search([])._create_returns_setup()
    env["res.company"].search([])._create_return_accounting()


def uninstall_hook(env):
    """Take away what no XML id holds. Goods may lie in our locations: what is in use stays, archived
    if possible, and never keeps the add-on from being removed."""
    warehouses = env["stock.warehouse"].with_context(active_test=False).search([])
    types = warehouses.return_type_id | warehouses.return_internal_type_id
    locations = warehouses.return_view_location_id.child_ids
    views = warehouses.return_view_location_id
    companies = warehouses.company_id
    company_fields = (
        "return_donation_location_id",
        "return_scrap_location_id",
        "return_difference_location_id",
    )
    for name in company_fields:
        locations |= companies[name]
    for warehouse in warehouses:
        if warehouse.out_type_id.return_picking_type_id == warehouse.return_type_id:
            warehouse.out_type_id.return_picking_type_id = warehouse.in_type_id
    warehouses.write(
        {"is_return_hub": False}
        | {
            name: False
            for name, field in warehouses._fields.items()
            if name.startswith("return_") and field.type == "many2one"
        }
    )
    companies.write(dict.fromkeys(company_fields, False))
    used_types = types.browse(
        picking_type.id
        for (picking_type,) in env["stock.picking"]._read_group(
            [("picking_type_id", "in", types.ids)], ["picking_type_id"]
        )
    )
    sequences = (types - used_types).sequence_id
    used_types.write({"return_picking_type_id": False})
    for picking_type in used_types:
        _remove(picking_type, used=True)
    for record in [*(types - used_types), *locations, *views, *sequences]:
        _remove(record)


def _remove(record, used=False):
    """Delete, else archive, else leave alone."""
    used = used or (record._name == "stock.location" and _is_location_used(record))
    for step in ([] if used else [record.unlink]) + [lambda: record.write({"active": False})]:
        try:
            with record.env.cr.savepoint():
                step()
                record.env.flush_all()
        except (UserError, ValidationError, DatabaseError):
            record.env.invalidate_all(flush=False)
        else:
            return


def _is_location_used(location):
    Line = location.env["stock.move.line"]
    inside = [("location_id", "child_of", location.id)]
    outside = [("location_dest_id", "child_of", location.id)]
    Move = location.env["stock.move"]
    return any(
        model.search_count(domain, limit=1)
        for model in (Line, Move)
        for domain in (inside, outside)
    ) or bool(location.env["stock.quant"].search_count(inside, limit=1))
