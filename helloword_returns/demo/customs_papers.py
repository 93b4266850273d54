"""What customs have to know of the demonstration's goods and companies."""

# SKU → HS code, country of origin, what the goods are
GOODS = {
    "HW-TEE-M": ("6109909000", "pt", "T-shirt, knitted, 100 % linen"),
    "HW-DRESS-S": ("6204420000", "pt", "Women's dress, woven, 100 % cotton"),
    "HW-SHOE-42": ("6404110000", "vn", "Running shoes, textile upper, rubber sole"),
    "HW-LAMP": ("9405219000", "de", "LED desk lamp, brass"),
    "HW-CASE": ("3926909700", "cn", "Mobile phone case, plastic"),
    "HW-EAR": ("8518300000", "cn", "Wireless earphones"),
    "HW-GRIND": ("8509400000", "cn", "Electric coffee grinder, household"),
    "HW-DRONE": ("8806220000", "cn", "Camera drone, below 1 kg"),
}


class CustomsPapers:
    """:param loader: ``DemoLoader``"""

    def __init__(self, loader):
        self.env = loader.env
        self.products = loader.products

    def prepare(self, home, abroad):
        """Before returns are approved, so that their papers are complete."""
        for sku, (hs_code, country, description) in GOODS.items():
            self.products[sku].write(
                {
                    "hs_code": hs_code,
                    "country_of_origin": self.env.ref(f"base.{country}").id,
                    "customs_description": description,
                }
            )
        for company, number in ((home, "US-98-7654321"), (abroad, "DE1234567890")):
            company.partner_id.eori = company.partner_id.eori or number

    def attest(self):
        """Some parcels have everything their relief asks for."""
        papers = self.env["helloword.return.customs"].search(
            [("state", "=", "ready"), ("scheme_id", "!=", False)], order="id"
        )
        for customs in papers[::3]:
            customs.write(
                {
                    "condition_unaltered": True,
                    "attestor": customs.signer,
                    "original_export_mrn": f"26DEMO{customs.id:012d}",
                }
            )
