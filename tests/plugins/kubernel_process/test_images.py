"""Which images there are, what a tag changes, and that nothing is replaced in silence."""

import sys

import pytest

from kubernel.errors import ConfigurationError
from kubernel.ports.runtime import ImageNotFoundError
from kubernel_process.config import read_config
from kubernel_process.images import Images, parse_reference


@pytest.mark.parametrize(
    ("text", "name", "tag"),
    [
        ("nginx", "nginx", "latest"),
        ("nginx:1.27", "nginx", "1.27"),
        ("docker.io/library/nginx:1.27-alpine", "nginx", "1.27-alpine"),
        ("library/busybox", "busybox", "latest"),
        ("registry.k8s.io/pause:3.10", "pause", "3.10"),
        ("docker.io/someone/app:2", "someone/app", "2"),
        ("localhost:5000/nginx:1", "localhost:5000/nginx", "1"),
        ("nginx@sha256:" + "a" * 64, "nginx", "latest"),
    ],
)
def test_a_reference_is_normalised(text: str, name: str, tag: str) -> None:
    reference = parse_reference(text)
    assert (reference.name, reference.tag) == (name, tag)


@pytest.mark.parametrize("text", ["", "UPPER", "a b", "nginx:", ":1", "nginx:ta g", "nginx@sha256:abc"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ImageNotFoundError, match="invalid reference format"):
        parse_reference(text)


@pytest.mark.parametrize("text", ["localhost:5000/nginx", "someone/nginx", "quay.io/library/nginx", "redis:7"])
def test_an_unknown_image_says_what_there_is_and_how_to_add_one(text: str) -> None:
    with pytest.raises(ImageNotFoundError, match=r"unknown .* busybox.*nginx.* `images`"):
        Images({}).find(text)


def test_a_tag_changes_only_what_the_web_server_tells() -> None:
    _, old = Images({}).find("nginx:1.27")
    _, new = Images({}).find("nginx:1.28-alpine")
    assert "nginx/1.27" in old.command
    assert "nginx/1.28" in new.command
    assert "nginx" in Images({}).find("nginx")[1].command


def test_command_and_args_replace_what_the_image_has_as_kubernetes_says() -> None:
    images = read_config({"state_directory": "/x", "images": {"app": {"command": ["serve"], "args": ["--all"]}}}).images
    _, image = Images(images).find("app:3")
    assert image.arguments([], []) == ["serve", "--all"]
    assert image.arguments([], ["--one"]) == ["serve", "--one"]
    assert image.arguments(["other"], []) == ["other"]
    assert image.arguments(["other"], ["x"]) == ["other", "x"]


def test_a_shell_is_what_the_small_images_run() -> None:
    assert Images({}).find("busybox")[1].arguments([], []) == ["sh"]


def test_python_is_this_interpreter_however_it_is_called() -> None:
    _, image = Images({}).find("python:3.12-slim")
    assert image.arguments([], []) == [sys.executable]
    assert image.arguments(["/usr/local/bin/python3"], ["-V"]) == [sys.executable, "-V"]


def test_a_command_that_names_the_web_server_is_the_web_server() -> None:
    _, image = Images({}).find("nginx")
    assert image.arguments(["nginx", "-g", "daemon off;"], [])[:1] == [sys.executable]


def test_the_configuration_comes_first_and_may_name_one_tag() -> None:
    images = read_config({"state_directory": "/x", "images": {"nginx:9": {"command": ["mine"]}}}).images
    assert Images(images).find("nginx:9")[1].command == ("mine",)
    assert Images(images).find("nginx:8")[1].command != ("mine",)


@pytest.mark.parametrize("images", [{"a": []}, {"a": {"commands": ["x"]}}, {"a": {"command": "x"}}, {"a": {"args": [1]}}, []])
def test_a_wrong_configuration_is_one_clear_error(images: object) -> None:
    if images == []:
        assert read_config({"state_directory": "/x", "images": images}).images == {}
        return
    with pytest.raises(ConfigurationError, match=r"runtime process: .*a"):
        read_config({"state_directory": "/x", "images": images})


@pytest.mark.parametrize("config", [{}, {"state_directory": "/x", "mount": "auto"}, {"state_directory": "/x", "mounts": "yes"}])
def test_unknown_and_missing_settings_are_named(config: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=r"state_directory|unknown setting|auto or never"):
        read_config(config)
