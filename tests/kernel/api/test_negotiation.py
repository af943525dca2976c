"""Accept headers, as real clients send them."""

import pytest

from kubernel.api.negotiation import PLAIN, Representation, negotiate
from kubernel.errors import NotAcceptableError

TABLE = "as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", PLAIN),
        ("*/*", PLAIN),
        ("application/json, */*", PLAIN),
        ("application/vnd.kubernetes.protobuf,application/json", PLAIN),
        ("text/html;q=0.9,application/*;q=0.8", PLAIN),
        ("application/yaml", Representation("application/yaml")),
        ("application/json;q=0.1,application/yaml", Representation("application/yaml")),
        (
            f"application/json;{TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
            Representation(shape="Table"),
        ),
        ("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", PLAIN),
        (f"application/json; {TABLE.replace(';', '; ')}", Representation(shape="Table")),
        (
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,"
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
            Representation(shape="PartialObjectMetadata"),
        ),
        ("application/json;q=nonsense", PLAIN),
    ],
)
def test_the_first_that_can_be_given_wins(accept: str, expected: Representation) -> None:
    assert negotiate(accept) == expected


@pytest.mark.parametrize(
    "accept", ["text/html", "application/vnd.kubernetes.protobuf", "application/json;q=0", "application/json;as=Song"]
)
def test_what_cannot_be_given_is_refused(accept: str) -> None:
    with pytest.raises(NotAcceptableError, match="only the following media types are accepted: application/json"):
        negotiate(accept)


def test_an_answer_says_what_it_is() -> None:
    assert negotiate(f"application/json;{TABLE}").content_type == f"application/json;{TABLE}"
