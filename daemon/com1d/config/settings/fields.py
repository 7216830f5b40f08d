"""Fields in braces, which a console's own value takes the place of in a port, control or path."""

import re
from typing import Final

from com1d.config.settings.setting import RefusedValueError


PLACEHOLDER: Final = "{name}"
"""Stands for the console's name."""

FIELDS: Final = (PLACEHOLDER,)

_FIELD: Final = re.compile(r"\{[^{}/]*\}")


def demand_fields(text: str) -> None:
    """Raise `RefusedValueError` if there is a field that nothing would take the place of."""
    if wild := [field for field in _FIELD.findall(text) if field not in FIELDS]:
        raise RefusedValueError(
            f"must not have the field {wild[0]} in it; {', '.join(FIELDS)} is the only one there is"
        )
