"""`kubernel demo` as a reader sees it: it plays to the end, and no request fails while versions change."""

import os
import re
import subprocess
import sys
from pathlib import Path

from kubernel.cli.demo.show import NAME, PLURALS


def test_the_show_plays_without_a_failed_request(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kubernel", "demo", "--once", "--data-dir", str(tmp_path / "data"), "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=110,
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


def test_the_manifest_of_the_demo_is_the_example() -> None:
    example = Path(__file__).parents[3] / "examples/web.yaml"
    assert example.resolve().name == "web.yaml"
    text = example.read_text()
    for kind in PLURALS:
        assert f"kind: {kind}\n" in text
    assert f"name: {NAME}\n" in text
