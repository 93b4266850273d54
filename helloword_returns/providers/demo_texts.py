"""What the demo provider's customers say: reasons as often as in real life, in their languages."""

# Reason code → weight.
REASONS = {
    "no_longer_wanted": 16,
    "too_small": 15,
    "too_large": 13,
    "did_not_like": 8,
    "bad_fit": 6,
    "ordered_by_mistake": 5,
    "different_from_listing": 9,
    "poor_quality": 6,
    "does_not_work": 8,
    "item_damaged": 6,
    "other_product": 4,
    "missing_accessory": 2,
    "arrived_late": 2,
}

# What the reasons have in common for a customer who writes about them.
_TOPICS = {
    "too_small": "size",
    "too_large": "size",
    "bad_fit": "size",
    "does_not_work": "broken",
    "item_damaged": "broken",
    "missing_accessory": "wrong",
    "other_product": "wrong",
    "different_from_listing": "wrong",
    "poor_quality": "wrong",
}

_COMMENTS = {
    "en": {
        "size": ("Runs smaller than the chart says.", "Does not fit, I would like my money back."),
        "broken": ("Arrived with a crack.", "Will not switch on, tried two sockets."),
        "wrong": ("Looks nothing like the photo.", "This is not what I ordered."),
        "other": ("Changed my mind, unopened.", ""),
    },
    "de": {
        "size": ("Fällt deutlich kleiner aus als angegeben.", "Passt leider nicht."),
        "broken": ("Kam mit einem Riss an.", "Lässt sich nicht einschalten."),
        "wrong": ("Sieht ganz anders aus als auf dem Foto.", "Falscher Artikel geliefert."),
        "other": ("Gefällt mir doch nicht.", "Widerruf, ungeöffnet."),
    },
    "fr": {
        "size": ("Taille trop petite par rapport au guide.", "Ne me va pas."),
        "broken": ("Arrivé cassé.", "L'appareil ne s'allume pas."),
        "wrong": ("Ne correspond pas à la photo.", "Ce n'est pas l'article commandé."),
        "other": ("J'ai changé d'avis.", ""),
    },
    "es": {
        "size": ("Me queda pequeño.", "La talla no coincide con la guía."),
        "broken": ("Llegó roto.", "No enciende."),
        "wrong": ("No es como en la foto.", "Me han enviado otro artículo."),
        "other": ("Ya no lo quiero.", ""),
    },
    "it": {
        "size": ("Veste piccolo.", "La taglia non va bene."),
        "broken": ("Arrivato rotto.", "Non si accende."),
        "wrong": ("Diverso dalla foto.", "Articolo sbagliato."),
        "other": ("Ho cambiato idea.", ""),
    },
    "zh": {
        "size": ("尺码偏小，穿不上。", "尺寸不合适，想退货。"),
        "broken": ("收到时已经破损。", "无法开机。"),
        "wrong": ("和图片差别很大。", "发错货了。"),
        "other": ("不想要了，未拆封。", ""),
    },
    "ja": {
        "size": ("サイズが小さすぎました。", "サイズが合いません。"),
        "broken": ("割れた状態で届きました。", "電源が入りません。"),
        "wrong": ("写真と違います。", "注文した商品と違います。"),
        "other": ("不要になりました。", ""),
    },
}

_LANGUAGES = {
    "DE": "de",
    "AT": "de",
    "CH": "de",
    "FR": "fr",
    "BE": "fr",
    "ES": "es",
    "MX": "es",
    "IT": "it",
    "CN": "zh",
    "HK": "zh",
    "TW": "zh",
    "JP": "ja",
}


def choose_reason(dice):
    """:param random.Random dice: where chance comes from
    :return: code of a ``helloword.return.reason``
    """
    return dice.choices(list(REASONS), weights=list(REASONS.values()))[0]


def choose_comment(reason, country, dice):
    """What a customer writes, in the language of the country.

    :param str reason: code
    :param str country: ISO 3166-1 alpha-2
    """
    comments = _COMMENTS[_LANGUAGES.get(country, "en")]
    return dice.choice(comments[_TOPICS.get(reason, "other")])
