import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from trayapp.core.problems import ProblemKind
from trayapp.probes.ports import find_free_port, find_port_problem, find_port_user

HERE = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only bound for the moment of a test


@contextmanager
def bound(port: int, host: str = HERE, *, listening: bool = True, options: tuple[int, ...] = ()) -> Iterator[None]:
    """Somebody who has the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as holder:
        for option in options:
            holder.setsockopt(socket.SOL_SOCKET, option, 1)
        holder.bind((host, port))
        if listening:
            holder.listen()
        yield


def kind_of(host: str, port: int) -> ProblemKind | None:
    problem = find_port_problem(host, port)
    return problem.kind if problem else None


@pytest.mark.parametrize("host", [HERE, "localhost", EVERYWHERE, "::1", "::"])
def test_a_port_that_nobody_has_is_no_problem(host: str, free_port: int) -> None:
    assert find_port_problem(host, free_port) is None


def test_asking_leaves_the_port_free(free_port: int) -> None:
    assert find_port_problem(HERE, free_port) is None
    with bound(free_port):
        pass


@pytest.mark.parametrize("host", [HERE, "localhost", EVERYWHERE])
def test_a_port_where_somebody_listens_is_taken_and_the_program_is_named(host: str, free_port: int) -> None:
    with bound(free_port):
        problem = find_port_problem(host, free_port)
    assert problem is not None
    assert problem.kind is ProblemKind.PORT_TAKEN
    assert (problem.values["host"], problem.values["port"]) == (host, free_port)
    assert "pytest" in str(problem.values["user"])


def test_a_server_for_everybody_has_the_port_of_this_computer_too(free_port: int) -> None:
    with bound(free_port, EVERYWHERE):
        assert kind_of(HERE, free_port) is ProblemKind.PORT_TAKEN


def test_a_server_that_would_share_its_port_is_found_all_the_same(free_port: int) -> None:
    """As vLLM 0.8 to 0.21, where a second one gives no error and the requests go to either."""
    with bound(free_port, options=(socket.SO_REUSEADDR, socket.SO_REUSEPORT)):
        assert kind_of(HERE, free_port) is ProblemKind.PORT_TAKEN


def test_a_server_that_still_loads_has_bound_its_port_and_does_not_listen(free_port: int) -> None:
    with bound(free_port, listening=False, options=(socket.SO_REUSEADDR,)):
        assert kind_of(HERE, free_port) is ProblemKind.PORT_TAKEN


def test_the_port_of_a_server_that_has_just_ended_is_free(free_port: int) -> None:
    """Its ended connections hold the port for a minute; a server starts in spite of them."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((HERE, free_port))
        server.listen()
        with socket.create_connection((HERE, free_port)) as client:
            connection, _ = server.accept()
            connection.close()  # who closes first keeps the ended connection
            assert client.recv(1) == b""
    assert find_port_problem(HERE, free_port) is None


def test_localhost_is_taken_when_only_its_ipv6_address_is(free_port: int) -> None:
    """A program that asks for localhost may try that one first and would reach the stranger."""
    with bound(free_port, "::1"):
        assert kind_of("localhost", free_port) is ProblemKind.PORT_TAKEN


@pytest.mark.parametrize("host", ["198.51.100.7", "2001:db8::7", "no-such-host.invalid"])
def test_an_address_that_is_not_this_computers_is_not_usable(host: str, free_port: int) -> None:
    problem = find_port_problem(host, free_port)
    assert problem is not None
    assert problem.kind is ProblemKind.ADDRESS_NOT_USABLE
    assert problem.values["reason"]


def test_the_wanted_port_is_given_when_it_is_free(free_port: int) -> None:
    assert find_free_port(HERE, free_port) == free_port


def test_the_next_free_port_is_given_when_the_wanted_one_is_taken(free_port: int) -> None:
    with bound(free_port):
        assert free_port < find_free_port(HERE, free_port) <= free_port + 50


def test_the_last_port_of_all_has_no_next_one() -> None:
    with bound(65_535):
        assert 1024 <= find_free_port(HERE, 65_535) < 65_535


def test_nobody_is_named_for_a_port_that_nobody_has(free_port: int) -> None:
    assert not find_port_user(free_port)
