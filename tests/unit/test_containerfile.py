"""The container image holds every file that a build needs, runs as another user than root, and starts the suite."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LINES = [line.split(maxsplit=1) for line in (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()]
INSTRUCTIONS = [(line[0], line[1]) for line in LINES if len(line) == 2 and line[0].isupper()]
FINAL = INSTRUCTIONS[max(number for number, (name, _) in enumerate(INSTRUCTIONS) if name == "FROM") :]


def test_image_starts_the_suite_as_another_user_than_root() -> None:
    final = dict(FINAL)

    assert final["USER"] not in ("root", "0")
    assert final["ENTRYPOINT"] == '["lead-provider-conformance"]'


def test_image_has_a_version_of_python_that_the_package_supports() -> None:
    bases = {value.split()[0] for name, value in INSTRUCTIONS if name == "FROM"}

    assert bases == {"python:3.13-slim"}


def test_context_of_the_image_builds_the_wheel(tmp_path: Path) -> None:
    kept = [line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"]
    for name in kept:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)

    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", "built", "."]
    built = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)

    assert built.returncode == 0, built.stderr
    assert list((tmp_path / "built").glob("lead_provider_conformance-*.whl"))


@pytest.mark.skipif(shutil.which("docker") is None and shutil.which("podman") is None, reason="no builder of images")
def test_builder_accepts_the_file() -> None:
    builder = shutil.which("podman") or shutil.which("docker") or ""

    version = subprocess.run([builder, "version"], check=False, capture_output=True)
    if version.returncode:
        pytest.skip("the builder does not run")
    built = subprocess.run(
        [builder, "build", "--file", "Containerfile", "--tag", "lead-provider-conformance:test", "."],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert built.returncode == 0, built.stderr


def test_image_of_the_server_runs_as_another_user_and_has_the_extras() -> None:
    lines = [line.split(maxsplit=1) for line in (ROOT / "Containerfile.hosting").read_text("utf-8").splitlines()]
    instructions = [(line[0], line[1]) for line in lines if len(line) == 2 and line[0].isupper()]

    assert dict(instructions)["USER"] not in ("root", "0")
    assert any("[hosted,postgresql,signing]" in value for name, value in instructions if name == "RUN")
    assert {value.split()[0] for name, value in instructions if name == "FROM"} == {"python:3.13-slim"}


@pytest.mark.parametrize("name", ["compose.yaml", "kubernetes.yaml"])
def test_examples_start_the_server_with_options_that_exist(name: str) -> None:
    text = (ROOT / "examples" / "hosting" / name).read_text("utf-8")
    options = set(re.findall(r"(?<= )--[a-z][a-z-]+", text)) - {"--username", "--from-file"}
    known = subprocess.run(
        [sys.executable, "-m", "lead_provider_conformance", "client", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert list(yaml.safe_load_all(text))
    assert options
    assert [each for each in options if each not in known] == []


def test_objects_of_the_kubernetes_example_fit_together() -> None:
    found = list(yaml.safe_load_all((ROOT / "examples" / "hosting" / "kubernetes.yaml").read_text("utf-8")))
    versions = {each["kind"]: each["apiVersion"] for each in found}
    [stateful] = [each["spec"] for each in found if each["kind"] == "StatefulSet"]
    services = {each["metadata"]["name"]: each["spec"] for each in found if each["kind"] == "Service"}
    [ingress] = [each["spec"] for each in found if each["kind"] == "Ingress"]
    pod = stateful["template"]
    [container] = pod["spec"]["containers"]
    port = container["ports"][0]["containerPort"]
    backends = [path["backend"]["service"] for rule in ingress["rules"] for path in rule["http"]["paths"]]

    assert versions == {"StatefulSet": "apps/v1", "Service": "v1", "Ingress": "networking.k8s.io/v1"}
    assert stateful["serviceName"] in services
    assert stateful["selector"]["matchLabels"] == pod["metadata"]["labels"]
    assert all(each["selector"] == pod["metadata"]["labels"] for each in services.values())
    assert {each.get("targetPort", each["port"]) for one in services.values() for each in one["ports"]} == {port}
    for backend in backends:
        assert backend["port"]["number"] in [each["port"] for each in services[backend["name"]]["ports"]]
    assert [container[f"{each}Probe"]["httpGet"]["path"] for each in ("liveness", "readiness")] == [
        "/healthz",
        "/readyz",
    ]
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in pod["spec"]["volumes"]}
    paths = [path["path"] for rule in ingress["rules"] for path in rule["http"]["paths"]]
    assert not any(each in ("/", "/control", "/metrics") for each in paths)


def test_services_of_the_compose_example_fit_together() -> None:
    found = yaml.safe_load((ROOT / "examples" / "hosting" / "compose.yaml").read_text("utf-8"))
    services = found["services"]
    proxied = re.findall(r"server (\w+):8100 ", (ROOT / "examples" / "hosting" / "nginx.conf").read_text("utf-8"))

    assert sorted(proxied) == sorted(name for name, each in services.items() if "build" in each)
    for each in services.values():
        assert set(each.get("secrets", ())) <= found["secrets"].keys()
        assert set(each.get("depends_on", ())) <= services.keys()
        volumes = [volume.partition(":")[0] for volume in each.get("volumes", ())]
        assert all(volume.startswith("./") or volume in found["volumes"] for volume in volumes)
