"""What a world would cost: the bill of a month, from its keys and its trail ("AWS Key Management Service Pricing").

Nothing is counted while calls are made; everything is worked out when somebody asks.
"""

from kmsmock.billing.bill import Bill
from kmsmock.billing.lines import Line, Saving
from kmsmock.billing.making import bill
from kmsmock.billing.periods import Asked
from kmsmock.billing.prices import PRICES, OwnPrices

__all__ = ["PRICES", "Asked", "Bill", "Line", "OwnPrices", "Saving", "bill"]
