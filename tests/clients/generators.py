"""Generate clients from the document for client generators, and call them in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lead_provider_conformance.cli.contract import as_yaml
from lead_provider_conformance.contract.client_document import client_document
from lead_provider_conformance.contract.documents import open_document
from lead_provider_conformance.contract.operation import METHODS, resolve

HERE = Path(__file__).parent
PYTHON_TOOLS = HERE.parents[1] / ".venv-clients" / "bin"
PACKAGE = "lead_provider_api"
"""The name of the generated Python packages."""
NODE_TOOLS = HERE / "node_modules"
DOCUMENTS = {"original": "2024-12/v3", "ect": "2026-08/v3-ecf", "npq": "2026-08/v3-npq"}
"""The documents by the names of their services."""


def missing_tools() -> list[str]:
    """Return the tools that are not installed."""
    needed = [PYTHON_TOOLS / "openapi-python-client", PYTHON_TOOLS / "openapi-generator-cli", NODE_TOOLS / "typescript"]
    return [str(each) for each in needed if not each.exists()]


def run(*command: object, cwd: Path) -> str:
    """Run a tool and return its output; raise AssertionError with the output if it fails."""
    env = os.environ | {
        "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    }  # halves the time of short runs
    ended = subprocess.run([str(each) for each in command], cwd=cwd, env=env, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def openapi_python_client(document: Path, folder: Path) -> None:
    """Generate a Python client with openapi-python-client."""
    config = folder / "config.yaml"
    config.write_text("post_hooks: []\n", encoding="utf-8")  # they format the code
    tool = PYTHON_TOOLS / "openapi-python-client"
    output = folder / PACKAGE
    run(tool, "generate", "--path", document, "--meta", "none", "--output-path", output, "--config", config, cwd=folder)


def openapi_generator(document: Path, folder: Path) -> None:
    """Generate a Python client with openapi-generator."""
    parts = "models,apis,supportingFiles,modelDocs=false,apiDocs=false,modelTests=false,apiTests=false"
    run(
        PYTHON_TOOLS / "openapi-generator-cli",
        *("generate", "--generator-name", "python", "--input-spec", document, "--output", folder),
        *("--package-name", PACKAGE, "--global-property", parts),
        cwd=folder,
    )


def openapi_typescript(document: Path, folder: Path) -> None:
    """Generate types with openapi-typescript."""
    run("node", NODE_TOOLS / "openapi-typescript/bin/cli.js", document, "--output", folder / "schema.d.ts", cwd=folder)


GENERATORS: Mapping[str, Callable[[Path, Path], None]] = {
    "openapi-python-client": openapi_python_client,
    "openapi-generator": openapi_generator,
    "openapi-typescript": openapi_typescript,
}


def generate(folder: Path) -> None:
    """Generate a client of each document with each generator: `ect/openapi-generator/` and so on in `folder`."""
    with ThreadPoolExecutor(2) as pool:
        jobs = []
        for service, name in DOCUMENTS.items():
            for generator, make in GENERATORS.items():
                (folder / service / generator).mkdir(parents=True)
                document = folder / service / "openapi.yaml"
                document.write_text(as_yaml(client_document(open_document(name))), encoding="utf-8")
                jobs.append(pool.submit(make, document, folder / service / generator))
        for job in jobs:
            job.result()


@dataclass(frozen=True)
class Reply:
    """The status and the body of a response, as the generated client returned it."""

    status: int
    body: Any

    @property
    def data(self) -> Any:
        return self.body["data"]


class GeneratedClient:
    """A generated client in a process of its own, which reads requests and writes responses as lines of JSON."""

    def __init__(self, generator: str, folder: Path, address: str, token: str) -> None:
        self.service = folder.name
        self.document: dict[str, Any] = yaml.safe_load((folder / "openapi.yaml").read_text(encoding="utf-8"))
        self.operations = {
            operation["operationId"]: (method, template, item.get("parameters", []), operation)
            for template, item in self.document["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        }
        self._process = subprocess.Popen(
            [*_adapter(generator, folder / generator), address, token],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=HERE,
        )

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def parameters(self, operation: str, where: str) -> dict[str, dict[str, Any]]:
        """Return the parameters of an operation in the path or in the query, by name."""
        _, _, of_path, content = self.operations[operation]
        resolved = [resolve(self.document, each) for each in (*of_path, *content.get("parameters", []))]
        return {each["name"]: each for each in resolved if each["in"] == where}

    def call(self, operation: str, *path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Reply:
        """Call an operation with the values of its path parameters; raise AssertionError if the client fails."""
        method, template, _, _ = self.operations[operation]
        names = self.parameters(operation, "path")
        request = {
            "operation": operation,
            "method": method,
            "template": template,
            "path": dict(zip(names, path, strict=True)),
            "query": dict(query or {}),
            "body": body,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError(self._process.stderr.read()) from None
        line = self._process.stdout.readline()
        assert line, self._process.stderr.read()
        return Reply(**json.loads(line))

    def write(self, operation: str, *path: str, **attributes: Any) -> Reply:
        """Call an operation with a body of these attributes, or without a body if it has none."""
        content = self.operations[operation][3]
        if "requestBody" not in content:
            return self.call(operation, *path)
        media = next(iter(resolve(self.document, content["requestBody"])["content"].values()))
        kind = resolve(self.document, media["schema"])["properties"]["data"]["properties"]["type"]["default"]
        return self.call(operation, *path, body={"data": {"type": kind, "attributes": attributes}})


def _adapter(generator: str, folder: Path) -> list[str]:
    """Return the command that calls a generated client."""
    if generator == "openapi-typescript":
        return ["node", str(HERE / "adapters" / "openapi_fetch.mjs")]
    script = HERE / "adapters" / f"{generator.replace('-', '_')}.py"
    return [str(PYTHON_TOOLS / "python"), str(script), str(folder), PACKAGE]
