"""Name rules: what passes, what does not, and that the messages say which rule."""

from collections.abc import Callable

import pytest

from kubernel.types import names

Rule = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (names.dns_label, "web-1"),
        (names.dns_label, "1web"),
        (names.dns_label_1035, "web-1"),
        (names.dns_subdomain, "a.b-c.d"),
        (names.qualified_name, "example.com/Name_1"),
        (names.qualified_name, "app"),
        (names.label_value, ""),
        (names.label_value, "v1.2_x"),
        (names.config_key, ".dockerconfigjson"),
        (names.config_key, "A-b_c.d"),
        (names.env_name, "MY_VAR.x"),
        (names.port_name, "http-2"),
    ],
)
def test_accepts(rule: Rule, value: str) -> None:
    assert rule(value) == []


@pytest.mark.parametrize(
    ("rule", "value", "complaint"),
    [
        (names.dns_label, "Bad_Name", "lowercase RFC 1123 label"),
        (names.dns_label, "a" * 64, "no more than 63 characters"),
        (names.dns_label, "trailing\n", "lowercase RFC 1123 label"),
        (names.dns_label_1035, "1web", "DNS-1035"),
        (names.dns_subdomain, "a..b", "RFC 1123 subdomain"),
        (names.dns_subdomain, "a" * 254, "no more than 253 characters"),
        (names.qualified_name, "/x", "prefix part must be non-empty"),
        (names.qualified_name, "Bad/x", "prefix part a lowercase RFC 1123 subdomain"),
        (names.qualified_name, "a/", "name part must be non-empty"),
        (names.label_value, "-x", "a valid label must be"),
        (names.label_value, "x\n", "a valid label must be"),
        (names.config_key, "a b", "valid config key"),
        (names.config_key, "..x", "must not start with '..'"),
        (names.env_name, "1X", "valid environment variable name"),
        (names.port_name, "1234", "at least one letter"),
        (names.port_name, "a--b", "consecutive hyphens"),
        (names.port_name, "averylongportname", "no more than 15 characters"),
    ],
)
def test_refuses_and_says_why(rule: Rule, value: str, complaint: str) -> None:
    assert any(complaint in wrong for wrong in rule(value))
