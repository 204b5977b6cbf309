"""Call the client that openapi-python-client generated: requests and responses are lines of JSON."""

import importlib
import inspect
import json
import pkgutil
import sys
from datetime import datetime
from enum import Enum
from typing import Any, get_args
from uuid import UUID

folder, package, address, token = sys.argv[1:]
sys.path.insert(0, folder)
api = importlib.import_module(f"{package}.api")
OPERATIONS = {name.rpartition(".")[2]: name for _, name, _ in pkgutil.walk_packages(api.__path__, f"{api.__name__}.")}
client = importlib.import_module(package).AuthenticatedClient(base_url=address, token=token)


def typed(value: Any, annotation: Any) -> Any:
    """Return an argument as the generated function declares it."""
    kind = next(iter(get_args(annotation)), annotation)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is UUID or issubclass(kind, Enum):
        return kind(value)
    return kind.from_dict(value) if hasattr(kind, "from_dict") else value


def call(request: dict[str, Any]) -> dict[str, Any]:
    function = importlib.import_module(OPERATIONS[request["operation"]]).sync_detailed
    parameters = inspect.signature(function).parameters
    # `filter[cohort]` is the parameter `filtercohort`.
    values = {name.replace("[", "").replace("]", ""): value for name, value in request["query"].items()} | request[
        "path"
    ]
    if request["body"] is not None:
        values["body"] = request["body"]
    arguments = {name: typed(value, parameters[name].annotation) for name, value in values.items()}
    response = function(client=client, **arguments)
    return {"status": response.status_code, "body": response.parsed.to_dict()}


for line in sys.stdin:
    sys.stdout.write(json.dumps(call(json.loads(line))) + "\n")
    sys.stdout.flush()
