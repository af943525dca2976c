"""Volumes appear at their mount paths where the host permits it, and leave no trace on the host."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubernel.ports.runtime import ContainerConfigError, ContainerStartError, Mount
from kubernel_process.supervisor import mounts


@pytest.fixture
def mounting(make_host: Callable[..., Any]) -> Any:
    host = make_host()
    if not host.runtime.capabilities.mount_paths:
        pytest.skip("this host permits no mount namespaces")
    return host


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    directory = tmp_path / "volume"
    directory.mkdir()
    (directory / "key").write_text("value\n")
    return directory


@pytest.mark.parametrize("path", ["/kubernel-data", "/etc/kubernel-test/deep/config", "/usr/share/kubernel-html", "/mnt", "/tmp"])
def test_a_volume_is_at_its_path_and_the_host_does_not_see_it(mounting: Any, volume: Path, path: str) -> None:
    there = Path(path).exists()
    container = mounting.script(f"cat {path}/key; echo more > {path}/new; ls /etc/passwd", mounts=[Mount("v", str(volume), path)])
    assert mounting.ended(container).exit_code == 0
    assert mounting.lines() == ["value", "/etc/passwd"]
    assert (volume / "new").read_text() == "more\n"
    assert Path(path).exists() is there
    assert not (Path(path) / "key").exists()


def test_several_volumes_one_below_another(mounting: Any, volume: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    mounts = [Mount("b", str(other), "/kubernel-data/sub/dir"), Mount("a", str(volume), "/kubernel-data")]
    (volume / "sub").mkdir()
    (volume / "sub" / "dir").mkdir()
    container = mounting.script("cat /kubernel-data/key; echo x > /kubernel-data/sub/dir/file", mounts=mounts)
    assert mounting.ended(container).exit_code == 0
    assert (other / "file").read_text() == "x\n"


def test_a_single_file_can_be_mounted(mounting: Any, volume: Path) -> None:
    mounts = [
        Mount("v", str(volume / "key"), "/etc/kubernel-file.conf", read_only=True),
        Mount("t", str(volume / "key"), "/dev/termination-log"),
    ]
    text = "cat /etc/kubernel-file.conf; echo bye > /dev/termination-log; echo ok > /dev/null"
    container = mounting.script(text, mounts=mounts)
    assert mounting.ended(container).exit_code == 0
    assert mounting.lines() == ["value"]
    assert (volume / "key").read_text() == "bye\n"
    assert not Path("/dev/termination-log").exists()


def test_a_read_only_volume_cannot_be_written(mounting: Any, volume: Path) -> None:
    mounts = [Mount("v", str(volume), "/kubernel-data", read_only=True)]
    container = mounting.script("echo x > /kubernel-data/new", mounts=mounts)
    assert mounting.ended(container).exit_code != 0
    assert not (volume / "new").exists()


def test_a_command_inside_sees_the_volumes_and_the_pods_host_name(mounting: Any, volume: Path) -> None:
    container = mounting.script("exec sleep 1000", mounts=[Mount("v", str(volume), "/kubernel-data")])
    assert mounting.runtime.exec(container, ["cat", "/kubernel-data/key"], 10).output == b"value\n"
    assert mounting.runtime.exec(container, ["uname", "-n"], 10).output == b"web-0\n"


def test_a_volume_that_is_gone_is_a_clear_error(mounting: Any, volume: Path) -> None:
    with pytest.raises(ContainerStartError, match="no such file"):
        mounting.script("true", mounts=[Mount("v", str(volume / "missing"), "/kubernel-data")])


def test_nothing_can_be_mounted_over_the_root(mounting: Any, volume: Path) -> None:
    with pytest.raises(ContainerConfigError, match="cannot be mounted"):
        mounting.script("true", mounts=[Mount("v", str(volume), "/x/..")])


def test_without_mounts_variables_say_where_the_volumes_are(make_host: Callable[..., Any], volume: Path) -> None:
    host = make_host(mounts="never")
    assert host.runtime.capabilities.mount_paths is False
    text = 'cat "$KUBERNEL_VOLUME_MY_DATA/key" "$KUBERNEL_MOUNT_ETC_APP/key"; echo $KUBERNEL_MOUNT_PATHS'
    container = host.script(text, mounts=[Mount("my-data", str(volume), "/etc/app")])
    assert host.ended(container).exit_code == 0
    assert host.lines() == ["value", "value", "false"]


def test_what_goes_away_while_it_is_mirrored_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for name in ("stays", "goes"):
        (source / name).mkdir(parents=True)
        (source / f"{name}.txt").touch()
    target.mkdir()
    bound: list[str] = []

    def mount(what: str, where: str, *_: object) -> None:
        if Path(what).name.startswith("goes"):
            raise FileNotFoundError(what)
        bound.append(Path(where).name)

    monkeypatch.setattr(mounts, "mount", mount)
    mounts._bind_entries(source, target, leave_out=())
    assert sorted(bound) == sorted(path.name for path in target.iterdir()) == ["stays", "stays.txt"]
