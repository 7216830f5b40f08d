"""How much of what others cause is passed on: a reserve, which time fills again."""

from com1d.core.carried import carried


@carried(without={"_most": "a constant", "_seconds": "a constant"})
class Allowance:
    """`most` events at once, and one more every `seconds`. Refused ones are counted."""

    __slots__ = ("_at", "_left", "_most", "_passed_over", "_seconds")

    def __init__(self, most: int, seconds: float) -> None:
        """Begin with a full reserve."""
        self._most = most
        self._seconds = seconds
        self._left = float(most)
        self._at = 0.0
        self._passed_over = 0

    def may(self, now: float) -> bool:
        """Tell whether there is one left."""
        self._left = min(self._most, self._left + (now - self._at) / self._seconds)
        self._at = now
        return self._left >= 1.0

    def take(self, now: float) -> bool:
        """Use one up, or count one that is passed over."""
        if self.may(now):
            self._left -= 1.0
            return True
        self.pass_over()
        return False

    def pass_over(self) -> None:
        """Count one that is passed over for another reason."""
        self._passed_over += 1

    def passed_over(self) -> int:
        """Give how many were passed over since this was last asked."""
        count, self._passed_over = self._passed_over, 0
        return count
