"""Sharing an amount of money without losing a cent. Plain Python."""

from decimal import ROUND_HALF_UP, Decimal


def apportion(amount, weights, step):
    """Share an amount by weights, by the method of largest remainders.

    Each share is a whole number of the smallest coin; the shares add up to the amount. Of equal
    remainders the earlier one gets the coin, so that a repeated run shares alike.

    :param float amount: to share, zero or more
    :param list weights: numbers, zero or more, at least one above zero
    :param float step: smallest coin of the currency, e.g. 0.01
    :return: list of floats, one for each weight
    """
    coin = Decimal(str(step))
    coins = int((Decimal(str(amount)) / coin).quantize(Decimal(1), ROUND_HALF_UP))
    parts = [Decimal(str(weight)) for weight in weights]
    total = sum(parts)
    exact = [coins * part / total for part in parts]
    shares = [int(part) for part in exact]
    order = sorted(range(len(parts)), key=lambda place: (shares[place] - exact[place], place))
    for place in order[: coins - sum(shares)]:
        shares[place] += 1
    return [float(share * coin) for share in shares]
