"""Reading logs as they are asked for, across rotation, while they grow."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.errors import BadRequestError
from kubernel.node.logs.cri_format import parse_entry
from kubernel.node.logs.reading import LogOptions, LogReader, last_lines
from kubernel.node.logs.rotation import rotate
from kubernel.node.server.routes import log_options


def line(text: str, second: int = 0, stream: str = "stdout", tag: str = "F") -> str:
    return f"2026-01-01T00:00:{second:02d}.000000000Z {stream} {tag} {text}\n"


def read(path: Path, **options: object) -> str:
    reader = LogReader(path, LogOptions(**options))  # type: ignore[arg-type]
    try:
        return b"".join(reader.read()).decode()
    finally:
        reader.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "0.log"
    path.write_text("".join(line(f"line {n}", n) for n in range(10)))
    return path


def test_a_whole_log(log: Path) -> None:
    assert read(log) == "".join(f"line {n}\n" for n in range(10))


@pytest.mark.parametrize("tail", [0, 1, 3, 10, 99])
def test_the_last_lines(log: Path, tail: int) -> None:
    assert read(log, tail=tail) == "".join(f"line {n}\n" for n in range(max(0, 10 - tail), 10))


def test_since_a_moment_with_times_and_up_to_so_many_bytes(log: Path) -> None:
    assert read(log, since=datetime(2026, 1, 1, 0, 0, 8, tzinfo=UTC)) == "line 8\nline 9\n"
    assert read(log, tail=1, timestamps=True) == "2026-01-01T00:00:09.000000000Z line 9\n"
    assert read(log, limit_bytes=10) == "line 0\nlin"


def test_parts_are_joined_and_count_as_one_line(tmp_path: Path) -> None:
    path = tmp_path / "0.log"
    path.write_text(line("a", tag="P") + line("b", tag="P") + line("c") + line("d") + line("e", tag="P"))
    assert read(path) == "abc\nd\ne"
    assert read(path, tail=2) == "d\ne"
    assert read(path, tail=1) == "e"
    assert read(path, tail=3, timestamps=True).count("2026") == 3


def test_what_is_no_entry_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "0.log"
    path.write_text("nonsense\n" + line("a") + "x y z w\n")
    assert read(path) == "a\n"
    assert parse_entry(b"") is None


def test_a_missing_log_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path / "0.log") == ""
    assert last_lines(tmp_path / "0.log", lines=5, max_bytes=10) == ""


def test_a_reader_goes_on_where_it_was_across_rotations(tmp_path: Path) -> None:
    path = tmp_path / "0.log"
    path.write_text(line("one"))
    reader = LogReader(path, LogOptions())
    assert b"".join(reader.read()) == b"one\n"
    with path.open("a") as file:
        file.write(line("two"))
    for number, text in enumerate(("three", "four"), 1):
        path.rename(path.with_name(f"0.log.2026010{number}-000000-000000"))
        if number == 1:
            with path.with_name("0.log.20260101-000000-000000").open("a") as late:
                late.write(line("late"))
        path.write_text(line(text))
    assert b"".join(reader.read()) == b"two\nlate\nthree\nfour\n"
    assert b"".join(reader.read()) == b""
    reader.close()


def test_rotated_files_are_part_of_the_log(tmp_path: Path, log: Path) -> None:
    log.rename(tmp_path / "0.log.20260101-000000-000000")
    log.write_text(line("newest"))
    assert read(log).endswith("line 9\nnewest\n")
    assert read(log, tail=2) == "line 9\nnewest\n"
    assert read(log, tail=1) == "newest\n"


def test_a_log_is_put_aside_when_it_is_large_and_the_oldest_go(tmp_path: Path) -> None:
    path = tmp_path / "0.log"
    reopened: list[int] = []
    for number in range(4):
        path.write_text("x" * 100)
        moment = datetime(2026, 1, 1, 0, 0, number, tzinfo=UTC)
        assert rotate(path, max_bytes=50, max_files=3, now=moment, reopen=lambda: reopened.append(1))
    assert len(reopened) == 4
    assert len(list(tmp_path.iterdir())) == 2
    path.write_text("x")
    assert not rotate(path, max_bytes=50, max_files=3, now=moment, reopen=lambda: None)
    assert not rotate(tmp_path / "none", max_bytes=50, max_files=3, now=moment, reopen=lambda: None)


@given(st.lists(st.tuples(st.sampled_from("FP"), st.text("ab", max_size=3)), max_size=12), st.integers(0, 14))
def test_the_tail_is_the_end_of_the_whole(entries: list[tuple[str, str]], tail: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "0.log"
        path.write_text("".join(line(text, tag=tag) for tag, text in entries))
        whole = read(path)
        lines: list[str] = []
        current, open_line = "", False
        for tag, text in entries:
            current, open_line = current + text, tag == "P"
            if tag == "F":
                lines.append(f"{current}\n")
                current = ""
        if open_line:
            lines.append(current)
        assert "".join(lines) == whole
        assert read(path, tail=tail) == "".join(lines[max(0, len(lines) - tail) :] if tail else [])


@pytest.mark.parametrize("seconds", ["0", "60", "9223372036854775807"])
def test_so_many_seconds_ago_may_be_before_any_calendar(seconds: str) -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    since = log_options({"sinceSeconds": seconds}, now).since
    assert since is not None
    assert since <= now


@pytest.mark.parametrize("text", ["-1", "\u00b2", "9" * 5000, ""])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadRequestError, match="invalid tailLines"):
        log_options({"tailLines": text}, datetime(2026, 1, 2, tzinfo=UTC))
