"""A disk that fails: the broker says so and ends with status 1, confirms nothing that is not on
it, and starts again with all that it confirmed."""
import errno
import json
import os

import pytest

from chaos.load import STAGES, Load
from chaos.watched import Watched, run_load

MOMENTS = [int(word) for word in os.environ.get("FAULTS_AT", "20,21,50").split(",")]
# A write that is its own sync ends a commit to LMDB: the first four are those of the start.
DSYNCS = {moment: 5 + i for i, moment in enumerate(MOMENTS)}
ERRORS = [("write", errno.ENOSPC), ("write", errno.EIO), ("write", errno.EFBIG),
          ("sync", errno.EIO), ("sync", errno.ENOSPC), ("dsync", errno.EIO)]


def check_restart(system, ledger):
    """A new broker, on a disk that is whole again, has all that was promised."""
    reader = system.reader("store")
    seen = reader.look(None)
    reader.close()
    end = os.stat(system.log).st_size if os.path.exists(system.log) else 0
    assert not ledger.faults(seen, end)
    system.start_broker()
    status, output, notes = system.ask("status", "--json")
    assert status == 0, notes
    assert json.loads(output)["queued"] == sum(row[2] in (1, 2, 3, 4) for row in seen["jobs"])


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("what,error", ERRORS)
def test_a_failing_disk_ends_the_broker_with_a_message(tmp_path, programs, what, error, moment):
    moment = DSYNCS[moment] if what == "dsync" else moment
    system = Watched(tmp_path, programs, {"NUTGRAF_DISK_FAULT": f"{what}:{moment}:{error}"},
                     store_mb=16)    # a short journal, so that it is written over often
    ledger, process = run_load(system, 1000)
    log = system.log_of(process)
    assert process.returncode == 1, log
    assert "broker stopped" in log and f"{system.folder}/store" in log, log
    assert os.strerror(error) in log or "Input/output error or full disk" in log, log
    assert ledger.confirmed
    check_restart(system, ledger)
    system.close()


@pytest.mark.parametrize("what", ["write", "sync", "dsync"])
def test_an_interrupted_disk_has_not_failed(tmp_path, programs, what):
    """FUSE and NFS interrupt even a sync; each third one here."""
    system = Watched(tmp_path, programs, {"NUTGRAF_DISK_FAULT": f"{what}:5:{errno.EINTR}"},
                     store_mb=16)
    ledger, process = run_load(system, 400)
    assert len(ledger.confirmed) >= 400, system.log_of(process)
    check_restart(system, ledger)
    system.close()


@pytest.mark.parametrize("what,error", ERRORS)
def test_a_disk_that_fails_at_the_start_is_named(tmp_path, programs, what, error):
    system = Watched(tmp_path, programs, {"NUTGRAF_DISK_FAULT": f"{what}:1:{error}"})
    process = system.start_watched()
    status = process.wait(20)
    system.running.remove(process)
    log = system.log_of(process)
    assert status == 3, log
    assert f"{system.folder}/store" in log, log
    system.start_broker()
    system.close()


def test_a_limit_on_the_size_of_files_is_answered_full(tmp_path, programs):
    """RLIMIT_FSIZE: no room is promised behind it, so that no commit runs into it."""
    system = Watched(tmp_path, programs)
    process = system.start("/usr/bin/prlimit", f"--fsize={8 << 20}", system.program("broker"))
    load = Load(system.broker_options, system.log, stages=[])
    try:
        with pytest.raises(AssertionError, match="confirmed"):
            load.run(2000, process, seconds=5)
        assert process.poll() is None, system.log_of(process)
        assert 20 < len(load.ledger.confirmed) < 2000
        load.staff(STAGES)  # what is there can still drain
        load.run(len(load.ledger.confirmed) + 1, process, first=5000)
    finally:
        load.close()
    system.kill(process)
    check_restart(system, load.ledger)
    system.close()
