"""A broker that cannot start, or cannot take anything, says why."""
import json
import socket

from e2e.system import System, wait_until

STAGES = [{"name": "clean"}]
TEXT = ("the river rose two metres on Monday, the council said, and the bridge at Holm was closed to "
        "lorries. Engineers from Oslo will look at its piers on Tuesday.\n")


def start_and_fail(system):
    """Starts a broker that must end by itself: (exit status, log)."""
    process = system.start(system.program("broker"))
    status = process.wait(20)
    system.running.remove(process)
    return status, system.log_of(process)


def test_a_port_in_use_is_named(tmp_path, programs):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        endpoint = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        system = System(tmp_path, programs, STAGES, work=endpoint)
        status, log = start_and_fail(system)
    assert status == 3
    assert endpoint in log and "in use" in log


def test_a_second_broker_on_one_store_is_told_who_has_it(tmp_path, programs):
    system = System(tmp_path, programs, STAGES)
    first = system.start_broker()
    status, log = start_and_fail(system)
    assert status == 3
    assert str(first.pid) in log and f"{tmp_path}/store" in log
    assert system.ask("health")[0] == 0
    system.close()


def test_a_stage_with_waiting_articles_cannot_vanish(tmp_path, programs):
    system = System(tmp_path, programs, STAGES)
    broker = system.start_broker()
    system.submit([{"id": "one", "text": TEXT}])
    system.stop(broker)
    system.write_config("pipeline", {"stages": [{"name": "wash"}]})
    status, log = start_and_fail(system)
    assert status == 3
    assert "waits in stage \\\"clean\\\", which the pipeline lacks" in log


def room_of(system):
    """Bytes, as a broker says that has committed nothing yet."""
    return json.loads(system.ask("status", "--json")[1])["room_bytes"]


def test_a_broker_without_room_says_so(tmp_path, programs):
    system = System(tmp_path, programs, STAGES, store_mb=8192)
    system.start("/usr/bin/prlimit", f"--fsize={6 << 20}", system.program("broker"))
    wait_until(lambda: system.ask("health")[0] == 0, "the broker answers")
    log = system.log_of(system.running[0])
    assert "no room for new articles" in log and f'"store":"{tmp_path}/store"' in log
    assert room_of(system) == 0
    system.close()


def test_a_broker_with_room_is_silent_about_it(tmp_path, programs):
    system = System(tmp_path, programs, STAGES)
    broker = system.start_broker()
    assert "no room" not in system.log_of(broker)
    assert 0 < room_of(system) < 1 << 40
    system.close()


def test_room_is_all_that_the_store_may_take_not_what_it_has_taken_ahead(tmp_path, programs):
    system = System(tmp_path, programs, STAGES, store_mb=1024)
    system.start_broker()
    assert 900 << 20 < room_of(system) < 1 << 30
    system.submit([{"id": "one", "text": TEXT}])
    assert 900 << 20 < room_of(system) < 1 << 30
    system.close()
