"""Finished returns by the million, written by SQL: each a copy of one that the product made."""

from odoo import Command

CHANNELS = 8
COUNTRIES = 30
CATEGORIES = 40
PRODUCTS = 400
# Four in five returns have one line, the fifth has two.
LINES_PER_RETURN = 1.2
# Goods cost 40 % of their price and lose 18 % of that; labels cost 8, handling 2.50 on average.
BREAK_EVEN = 10.5 / (0.4 * 0.82)


def write_history(env, lines):
    """:return: number of returns written"""
    returns = int(lines / LINES_PER_RETURN)
    template = _make_template(env)
    tables = (
        "helloword_return",
        "helloword_return_line",
        "helloword_return_inspection",
        "helloword_return_cost",
    )
    env.flush_all()
    indexes = [index for table in tables for index in _drop_indexes(env, table)]
    _write(env, template, returns)
    for definition in indexes:
        env.cr.execute(definition)
    for table in tables:
        # Commands of fixed names.
        env.cr.execute(f"ANALYZE {table}")
    env.invalidate_all()
    return returns


def _make_template(env):
    """One return with a line, an inspection and a cost; and what the copies spread over."""
    company = env.company
    channels = env["helloword.channel"].create(
        [{"name": f"Channel {n}", "company_id": company.id} for n in range(CHANNELS)]
    )
    categories = env["product.category"].create([{"name": f"Kind {n}"} for n in range(CATEGORIES)])
    products = env["product.product"].create(
        [
            {
                "name": f"Product {n}",
                "categ_id": categories[n % CATEGORIES].id,
                # From 5 to some 290, most of them cheap.
                "list_price": round(5 * 1.0102**n, 2),
                "standard_price": 0.4 * round(5 * 1.0102**n, 2),
            }
            for n in range(PRODUCTS)
        ]
    )
    ret = env["helloword.return"].create(
        {
            "channel_id": channels[0].id,
            "currency_id": company.currency_id.id,
            "decision": "return_refund",
            "line_ids": [
                Command.create({"product_id": products[0].id, "quantity": 1, "price_total": 5})
            ],
        }
    )
    inspection = env["helloword.return.inspection"].create(
        {
            "return_line_id": ret.line_ids.id,
            "quantity": 1,
            "grade_id": env.ref("helloword_returns.grade_a").id,
            "disposition": "restock",
        }
    )
    cost = env["helloword.return.cost"].create(
        {
            "return_id": ret.id,
            "kind": "label",
            "amount": 8,
            "currency_id": company.currency_id.id,
        }
    )
    return {
        "ret": ret,
        "line": ret.line_ids,
        "inspection": inspection,
        "cost": cost,
        "channels": channels.ids,
        "countries": env["res.country"].search([], limit=COUNTRIES).ids,
        "products": products,
        "grades": [env.ref(f"helloword_returns.grade_{code}").id for code in "abcd"],
    }


def _drop_indexes(env, table):
    """Drop what slows writing down. :return: statements that bring it back"""
    env.cr.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
          FROM pg_index
         WHERE indrelid = %s::regclass AND NOT indisprimary
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        """,
        [table],
    )
    rows = env.cr.fetchall()
    for name, _definition in rows:
        env.cr.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in rows]


def _copy(env, record, source, params=(), **columns):
    """Insert copies of a record, some columns computed.

    :param str source: FROM clause that yields the copies, with the record's table as ``t``
    :param columns: column → SQL
    """
    table = record._table
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
    )
    names = [name for (name,) in env.cr.fetchall() if name != "id" or "id" in columns]
    values = ", ".join(columns.get(name, f't."{name}"') for name in names)
    names = ", ".join(f'"{name}"' for name in names)
    env.cr.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {source} WHERE t.id = %s",
        [*params, record.id],
    )


def _write(env, template, returns):
    """Returns, lines, inspections, labels and handling, in a handful of statements."""
    products = template["products"]
    env.cr.execute(
        """
        CREATE TEMPORARY TABLE plan AS
        SELECT number, %(first)s + number AS return_id,
               1 + CASE WHEN number %% 5 = 0 THEN 1 ELSE 0 END AS lines,
               (%(channels)s)[1 + floor(random() * %(channel_count)s)::int] AS channel_id,
               (%(countries)s)[1 + floor(random() ^ 2 * %(country_count)s)::int] AS country_id,
               floor(random() * %(product_count)s)::int AS place,
               (random() * 8 + 4)::numeric(12, 2) AS label, (1.5 + 2 * random())::numeric(12, 2)
                   AS handling
          FROM generate_series(1, %(returns)s) AS number
        """,
        {
            "first": template["ret"].id,
            "channels": template["channels"],
            "channel_count": CHANNELS,
            "countries": template["countries"],
            "country_count": len(template["countries"]),
            "product_count": len(products),
            "returns": returns,
        },
    )
    env.cr.execute(
        "CREATE TEMPORARY TABLE ware (place int, product_id int, categ_id int, price numeric)"
    )
    env.cr.executemany(
        "INSERT INTO ware VALUES (%s, %s, %s, %s)",
        [
            (place, product.id, product.categ_id.id, product.list_price)
            for place, product in enumerate(products)
        ],
    )
    env.cr.execute(
        """
        CREATE TEMPORARY TABLE line_plan AS
        SELECT row_number() OVER () + %s AS line_id, plan.return_id, ware.*,
               CASE WHEN odds < 0.7 THEN 1 WHEN odds < 0.8 THEN 2 WHEN odds < 0.9 THEN 3 ELSE 4 END
                   AS grade
          FROM (SELECT *, generate_series(1, lines) AS position, random() AS odds FROM plan) plan
          JOIN ware ON ware.place = (plan.place + 7 * (position - 1)) %% %s
        """,
        [template["line"].id, len(products)],
    )
    _copy(
        env,
        template["ret"],
        "plan JOIN (SELECT return_id, SUM(price) AS value, (array_agg(product_id ORDER BY price"
        " DESC))[1] AS product_id FROM line_plan GROUP BY return_id) total"
        " USING (return_id), helloword_return t",
        id="plan.return_id",
        name="'BENCH/' || plan.number",
        channel_id="plan.channel_id",
        country_id="plan.country_id",
        product_id="total.product_id",
        amount_total="total.value",
        amount_company="total.value",
        approval_state="'approved'",
        goods_state="'processed'",
        state="'done'",
        stage="'done'",
        request_date="now() at time zone 'UTC' - mod(plan.number, 360) * interval '1 day'",
    )
    _copy(
        env,
        template["line"],
        "line_plan, helloword_return_line t",
        id="line_plan.line_id",
        return_id="line_plan.return_id",
        product_id="line_plan.product_id",
        product_categ_id="line_plan.categ_id",
        price_total="line_plan.price",
    )
    _copy(
        env,
        template["inspection"],
        "line_plan, helloword_return_inspection t",
        return_id="line_plan.return_id",
        return_line_id="line_plan.line_id",
        product_id="line_plan.product_id",
        grade_id=f"(ARRAY{template['grades']})[line_plan.grade]",
        state="'done'",
    )
    for kind in ("label", "handling"):
        _copy(
            env,
            template["cost"],
            "plan, helloword_return_cost t",
            return_id="plan.return_id",
            channel_id="plan.channel_id",
            kind=f"'{kind}'",
            amount=f"plan.{kind}",
            amount_company=f"plan.{kind}",
            amount_signed=f"-plan.{kind}",
        )
