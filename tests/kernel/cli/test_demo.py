"""`kubernel demo` as a reader sees it: it plays to the end, and no request fails while versions change."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from kubernel.cli.demo.show import NAME, PLURALS


def test_the_show_plays_without_a_failed_request(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kubernel", "demo", "--once", "--data-dir", str(tmp_path / "data"), "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=280,
        env={**os.environ, "KUBECONFIG": str(tmp_path / "kubeconfig"), "COLUMNS": "200", "NO_COLOR": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts = re.findall(r"^(\d+) requests (.*): (.*), (\d+) failed$", done.stdout, re.MULTILINE)
    assert [when for _, when, _, _ in counts] == ["in all", "while the new version was rolled out", "while it was rolled back"]
    assert all(failed == "0" for *_, failed in counts)
    assert all("nginx/1.27" in servers and "nginx/1.28" in servers for _, _, servers, _ in counts[1:])
    assert done.stdout.count('deployment "web" successfully rolled out') == 4
    assert (tmp_path / "kubeconfig").exists()


def test_it_ends_at_once_when_the_spectator_has_seen_enough(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "kubernel", "demo", "--data-dir", str(tmp_path / "data"), "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "KUBECONFIG": str(tmp_path / "kubeconfig"), "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Scale it"):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
    assert process.returncode == 0
    assert rest.endswith("stopping, pods too ...\nstopped\n")
    assert "Roll out" not in rest


def test_the_manifest_of_the_demo_is_the_example() -> None:
    example = Path(__file__).parents[3] / "examples/web.yaml"
    assert example.resolve().name == "web.yaml"
    text = example.read_text()
    for kind in PLURALS:
        assert f"kind: {kind}\n" in text
    assert f"name: {NAME}\n" in text
