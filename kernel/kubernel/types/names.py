"""Which names the API allows, each rule with the message that Kubernetes gives (RFC 1123, RFC 1035).

Each rule is a function from a value to the list of what is wrong with it; an empty list means that it is valid.
"""

import re

_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
_LABEL_1035 = re.compile(r"^[a-z]([-a-z0-9]*[a-z0-9])?$")
_SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
_QUALIFIED = re.compile(r"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")
_LABEL_VALUE = re.compile(r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")
_CONFIG_KEY = re.compile(r"^[-._a-zA-Z0-9]+$")
_ENV_NAME = re.compile(r"^[-._a-zA-Z][-._a-zA-Z0-9]*$")
_PORT_NAME = re.compile(r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")


def _too_long(limit: int) -> str:
    return f"must be no more than {limit} characters"


def dns_label(value: str) -> list[str]:
    """A lower-case RFC 1123 label of at most 63 characters: names of namespaces, containers, volumes."""
    wrong = [_too_long(63)] if len(value) > 63 else []
    if not _LABEL.fullmatch(value):
        wrong.append(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
            "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
            "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
        )
    return wrong


def dns_label_1035(value: str) -> list[str]:
    """An RFC 1035 label: names of services."""
    wrong = [_too_long(63)] if len(value) > 63 else []
    if not _LABEL_1035.fullmatch(value):
        wrong.append(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
            "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation "
            "is '[a-z]([-a-z0-9]*[a-z0-9])?')"
        )
    return wrong


def dns_subdomain(value: str) -> list[str]:
    """An RFC 1123 subdomain of at most 253 characters: the name of most objects."""
    wrong = [_too_long(253)] if len(value) > 253 else []
    if not _SUBDOMAIN.fullmatch(value):
        wrong.append(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
            "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
            "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        )
    return wrong


def qualified_name(value: str) -> list[str]:
    """`prefix.example/name`: keys of labels and annotations, names of resources and conditions."""
    wrong: list[str] = []
    prefix, slash, name = value.rpartition("/")
    if slash:
        if not prefix:
            wrong.append("prefix part must be non-empty")
        else:
            wrong += [f"prefix part {text}" for text in dns_subdomain(prefix)]
    if not name:
        wrong.append("name part must be non-empty")
    elif len(name) > 63:
        wrong.append(f"name part {_too_long(63)}")
    if not _QUALIFIED.fullmatch(name):
        wrong.append(
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
            "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
            "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        )
    return wrong


def label_value(value: str) -> list[str]:
    """The value of a label: at most 63 characters, may be empty."""
    wrong = [_too_long(63)] if len(value) > 63 else []
    if not _LABEL_VALUE.fullmatch(value):
        wrong.append(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
            "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
            "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        )
    return wrong


def config_key(value: str) -> list[str]:
    """A key of a ConfigMap or a Secret."""
    wrong = [_too_long(253)] if len(value) > 253 else []
    if not _CONFIG_KEY.fullmatch(value):
        wrong.append(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
            "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
        )
    elif value == ".":
        wrong.append("must not be '.'")
    elif value.startswith(".."):
        wrong.append("must not be '..'" if value == ".." else "must not start with '..'")
    return wrong


def env_name(value: str) -> list[str]:
    """The name of an environment variable."""
    if _ENV_NAME.fullmatch(value):
        return []
    return [
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not "
        "start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is "
        "'[-._a-zA-Z][-._a-zA-Z0-9]*')"
    ]


def port_name(value: str) -> list[str]:
    """The name of a container's or service's port: at most 15 characters, at least one letter."""
    wrong = [_too_long(15)] if len(value) > 15 else []
    if not _PORT_NAME.fullmatch(value):
        wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    elif "--" in value:
        wrong.append("must not contain consecutive hyphens")
    if not any(c.isalpha() for c in value):
        wrong.append("must contain at least one letter (a-z)")
    return wrong
