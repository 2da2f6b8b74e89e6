"""``brainscan app`` as a user starts it: in a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

import brainscan as bs
from brainscan.cli import app

BUNDLE = Path(__file__).parents[1] / "data" / "bundle-format-1.brainscan"


def brainscan(*arguments):
    return CliRunner().invoke(app, ["app", *map(str, arguments)])


def test_it_listens_on_the_loopback_answers_and_leaves_nothing(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "brainscan", "app", str(BUNDLE), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(scratch)},
    )
    try:
        line = process.stderr.readline()
        address = re.search(r"http://(127\.0\.0\.1:\d+)/", line)[1]
        assert "research use only" in line
        image = bs.datasets.load("phantom", n=2)[0]
        content = cv2.imencode(".png", cv2.resize(image, (2500, 2500)))[1].tobytes()
        assert len(content) > 2**20  # from where a form's file would be put on the disk
        connection = HTTPConnection(address, timeout=120)
        headers = {"Content-Type": "application/octet-stream"}
        connection.request("POST", "/answer", content, headers)
        kinds = [json.loads(line)["kind"] for line in connection.getresponse().read().splitlines()]
        connection.close()
        assert kinds == ["scan", "slice", "end"]
        assert list(scratch.iterdir()) == []
    finally:
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=60)
    assert rest == ""


def test_mistakes_are_one_line_and_exit_code_2(tmp_path):
    (tmp_path / "no.brainscan").write_bytes(b"none")
    for arguments, message in (
        (["nowhere.brainscan"], "bundle must be a file that is there"),
        ([tmp_path / "no.brainscan"], "must be a whole brainscan bundle"),
        ([BUNDLE, "--files", "0"], "files must be positive; got 0"),
        ([BUNDLE, "--port", "99999"], "65535"),
        ([BUNDLE, "--port", "-1"], "--port"),
        ([BUNDLE, "--host", "no..such"], "host"),
        ([BUNDLE, "--host", "host.invalid"], "must be an address or a name of this machine"),
    ):
        result = brainscan(*arguments)
        assert result.exit_code == 2
        assert message in " ".join(result.stderr.split())
        assert "Traceback" not in result.stderr


def test_a_taken_port_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = brainscan(BUNDLE, "--port", port)
    assert result.exit_code == 2
    assert f"port must be a free one; {port} is already in use" in " ".join(result.stderr.split())


def test_a_missing_package_names_the_extra():
    code = "import sys; sys.modules['uvicorn'] = None\nfrom brainscan.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "app", str(BUNDLE)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'brainscan[app]'" in " ".join(done.stderr.split())


@pytest.mark.parametrize("option", ["--host", "--port", "--file-mib", "--slices", "--waiting"])
def test_the_help_tells_of_the_limits(option):
    assert option in brainscan("--help").stdout
