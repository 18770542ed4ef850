import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bmadflow import preflight
from bmadflow.options import Options
from bmadflow.preflight import check_broker, check_git, check_host, check_ports, hold_data_folder
from bmadflow.refusal import Refused


@pytest.fixture
def taken_port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(preflight, "_PORT_SECONDS", 0.1)
    with socket.socket() as holder:
        # Below the ports that the system gives to connections, so that the neighbours stay free too.
        holder.bind(("127.0.0.1", next(port for port in range(20_005, 30_000, 16) if has_free_neighbours(port))))
        holder.listen()
        yield holder.getsockname()[1]


def has_free_neighbours(port: int) -> bool:
    try:
        for neighbour in range(port - 5, port + 10):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", neighbour))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("offset", [0, 1, 2, 3, 4])
def test_every_port_of_the_stack_must_be_free(taken_port: int, offset: int) -> None:
    first = taken_port - offset
    with pytest.raises(Refused, match=rf"^Port {taken_port} is taken: .* \(BMADFlow uses {first} to {first + 4}\)\.$"):
        check_ports(Options(Path("/unused"), port=first))


def test_free_ports_pass(taken_port: int) -> None:
    check_ports(Options(Path("/unused"), host="::1", port=taken_port + 1))


def test_a_data_folder_in_use_names_folder_and_process(tmp_path: Path) -> None:
    source = "import sys; from pathlib import Path; from bmadflow.preflight import hold_data_folder\n"
    source += "with hold_data_folder(Path(sys.argv[1])): print('held', flush=True); input()"
    command = [sys.executable, "-c", source, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        sentence = rf"^The data folder {tmp_path} is in use by another BMADFlow \(process {other.pid}\)\.$"
        with pytest.raises(Refused, match=sentence), hold_data_folder(tmp_path):
            pass
        other.kill()  # nothing is left to be cleaned up by hand
    with hold_data_folder(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nothing/here"])
def test_an_unwritable_data_folder_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    sentence = r"^The data folder .* is not writable \(.+\): choose another with --data\.$"
    with pytest.raises(Refused, match=sentence), hold_data_folder(tmp_path / place):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_loopback_needs_no_login(host: str) -> None:
    check_host(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", ""])
def test_every_other_address_is_refused(host: str) -> None:
    with pytest.raises(Refused, match="has no login"):
        check_host(host)


def test_a_missing_git_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    check_git()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match=r"^git is missing: install it"):
        check_git()


@pytest.mark.parametrize("address", ["", "amqp://guest:guest@127.0.0.1:5672/", "amqps://broker/vhost?name=x"])
def test_a_broker_may_be_named(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("BMADFLOW_RABBITMQ_URL", address)
    check_broker()


@pytest.mark.parametrize("address", ["broker:5672", "http://us:secret@broker/", "amqp://"])
def test_what_is_no_broker_is_refused_without_being_repeated(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("BMADFLOW_RABBITMQ_URL", address)
    with pytest.raises(Refused, match=r"^BMADFLOW_RABBITMQ_URL is not an address like amqp://[^']*$") as refusal:
        check_broker()
    assert "secret" not in str(refusal.value)
