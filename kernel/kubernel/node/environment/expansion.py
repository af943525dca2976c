"""`$(NAME)` in commands, arguments and values: replaced where the name is known, else kept as it is; `$$` is one `$`."""

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$(\$|\(([^()$]*)\))")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """The text with its references replaced."""

    def replaced(match: re.Match[str]) -> str:
        if match[1] == "$":
            return "$"
        value = variables.get(match[2])
        return match[0] if value is None else value

    return _REFERENCE.sub(replaced, text)
