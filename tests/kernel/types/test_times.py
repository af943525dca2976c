"""Times as they are written and as ages are shown."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kubernel.types.times import format_micro_time, format_time, parse_time, short_duration

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


def test_formats_are_utc_and_of_fixed_precision() -> None:
    assert format_time(MOMENT) == "2026-01-02T03:04:05Z"
    assert format_micro_time(MOMENT) == "2026-01-02T03:04:05.678901Z"
    assert format_time(MOMENT.astimezone(timezone(timedelta(hours=5)))) == "2026-01-02T03:04:05Z"


def test_parsing_gives_the_moment_back() -> None:
    assert parse_time(format_micro_time(MOMENT)) == MOMENT
    assert parse_time("2026-01-02T08:04:05+05:00") == MOMENT.replace(microsecond=0)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (192, "3m12s"),
        (599, "9m59s"),
        (600, "10m"),
        (3 * 3600 - 1, "179m"),
        (3 * 3600, "3h"),
        (5 * 3600 + 180, "5h3m"),
        (8 * 3600, "8h"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (3 * 86400 + 4 * 3600, "3d4h"),
        (8 * 86400, "8d"),
        (400 * 86400, "400d"),
        (770 * 86400, "2y40d"),
        (9 * 365 * 86400, "9y"),
    ],
)
def test_ages_read_as_kubectl_shows_them(seconds: int, text: str) -> None:
    assert short_duration(timedelta(seconds=seconds)) == text
