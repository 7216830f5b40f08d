"""Fields in braces in a port, control or path, which are replaced by a console's own value."""

import re
from typing import Final

from com1d.config.settings.setting import RefusedValueError


PLACEHOLDER: Final = "{name}"
"""The field that is replaced by the console's name."""

FIELDS: Final = (PLACEHOLDER,)

_FIELD: Final = re.compile(r"\{[^{}/]*\}")


def demand_fields(text: str) -> None:
    """Raise `RefusedValueError` for a field that has no value."""
    if wild := [field for field in _FIELD.findall(text) if field not in FIELDS]:
        raise RefusedValueError(
            f"must not have the field {wild[0]} in it; {', '.join(FIELDS)} is the only one there is"
        )
