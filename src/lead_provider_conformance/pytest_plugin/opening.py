"""The opening of a run: start its target, check it, open the journals; and the same run in the processes of xdist."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.http import Redactor
from lead_provider_conformance.pytest_plugin import options
from lead_provider_conformance.pytest_plugin.endings import interruptible_once
from lead_provider_conformance.results import signing
from lead_provider_conformance.run.detected_edition import detect_edition
from lead_provider_conformance.run.launch import Launch, launched
from lead_provider_conformance.run.preflight import OfferedScopes, PreflightError, preflight
from lead_provider_conformance.run.run import Run

LAUNCH = pytest.StashKey[Launch]()  # present only if the run starts its target
PREVIOUS_RUN = pytest.StashKey[Path]()  # its folder; present only with --plan
UNREACHABLE = pytest.StashKey[bool]()  # present only with --plan
NOTICE = pytest.StashKey[str]()  # for the user, before the first test

UNKNOWN_EDITION = (
    "Edition {} of the contract: the server has no list of participants, which would show its edition. "
    "Choose another with --edition."
)

WORKER_BASE_URL = "lead_provider_base_url"
WORKER_PROVISIONING_URL = "lead_provider_provisioning_url"
WORKER_SCOPES = "lead_provider_scopes"
WORKER_EDITION = "lead_provider_edition"


def open_run(config: pytest.Config) -> Run:
    """Start the target, check that it can be tested, and open the journals."""
    options.check_selection(config)
    target = options.target_from(config)
    options.check_processes(config, target)
    clean_up = contextlib.ExitStack()
    config.add_cleanup(clean_up.close)
    clean_up.enter_context(interruptible_once())
    notify = partial(print, file=sys.stderr, flush=True)
    detected = None if config.option.target or config.option.edition else detect_edition(target, notify)
    if detected:
        config.option.edition = detected.name
    run = options.run_from(config, target, process="main")
    if target.start:
        launch = clean_up.enter_context(launched(target.start.in_edition(run.edition), Redactor.of(target)))
        config.stash[LAUNCH] = launch
        ports = launch.ports
        provisioning_url = ports.fill(target.provisioning.url) if target.provisioning else None
        run = replace(run, target=target.at(ports.address, provisioning_url))
    options.check_requirements(config, run)
    if config.option.sign_key:
        signing.private_key(Path(config.option.sign_key))
    contracts = {scope: run.contract(scope) for scope in run.scopes}
    if LAUNCH in config.stash:
        from lead_provider_conformance.reports import write  # the processes that run the tests write no reports

        write.prepare()  # the target needs as long to start
        config.stash[LAUNCH].wait_until_ready()
    try:
        offered = preflight(
            run.target,
            contracts,
            required=options.required_names(config),
            notify=notify,
        )
    except PreflightError as error:
        if not config.option.plan:
            raise
        config.stash[UNREACHABLE] = True
        offered = OfferedScopes(run.scopes, f"{error} The plan shows only the records that the run needs.")
    run = replace(run, scopes=offered.scopes)
    unknown = None if detected or config.option.target or config.option.edition else UNKNOWN_EDITION.format(run.edition)
    sentences = (detected.sentence if detected else unknown, offered.sentence)
    if notice := " ".join(filter(None, sentences)):
        config.stash[NOTICE] = notice
        run = replace(run, target=replace(run.target, description=notice))
    if config.option.plan:
        config.stash[PREVIOUS_RUN] = run.folder
        run = replace(run, folder=Path(clean_up.enter_context(tempfile.TemporaryDirectory())))
    clean_up.callback(_restore_earlier, run)
    run.open()
    return run


def _restore_earlier(run: Run) -> None:
    """Restore the earlier report if the run has ended before its first test, and has written none."""
    if run.earlier.restore():
        print(  # noqa: T201 - pytest has no reporter any more
            f"The run ended before its first test. An earlier report in {run.folder} is unchanged.", file=sys.stderr
        )


def pass_to_worker(run: Run, worker: dict[str, Any]) -> None:
    """Pass the edition, the scopes and the addresses of the target to a process of xdist."""
    worker[WORKER_BASE_URL] = run.target.base_url
    worker[WORKER_EDITION] = run.edition
    worker[WORKER_SCOPES] = list(map(str, run.scopes))
    worker[WORKER_PROVISIONING_URL] = run.target.provisioning and run.target.provisioning.url


def worker_run(config: pytest.Config) -> Run:
    """Return the run in a process of xdist: the main process has started the target."""
    worker: dict[str, Any] = config.workerinput  # type: ignore[attr-defined]
    config.option.edition = worker[WORKER_EDITION]
    target = options.target_from(config).at(worker[WORKER_BASE_URL], worker[WORKER_PROVISIONING_URL])
    run = options.run_from(config, target, process=worker["workerid"])
    return replace(run, scopes=tuple(each for each in run.scopes if str(each) in worker[WORKER_SCOPES]))
