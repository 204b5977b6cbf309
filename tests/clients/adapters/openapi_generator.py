"""Call the Python client that openapi-generator generated: requests and responses are lines of JSON."""

import importlib
import inspect
import json
import sys
from typing import Any, get_args

folder, package, address, token = sys.argv[1:]
sys.path.insert(0, folder)
generated = importlib.import_module(package)
configuration = generated.Configuration(host=address, access_token=token)
# The default ends with +0000, which is not RFC 3339.
configuration.datetime_format = "%Y-%m-%dT%H:%M:%SZ"
client = generated.ApiClient(configuration)
APIS = [getattr(generated, name)(client) for name in dir(generated) if name.endswith("Api")]


def model_of(annotation: Any) -> Any:
    """Return the generated class in an annotation, such as `Annotated[Optional[Model], …]`; None if it has none."""
    if hasattr(annotation, "from_dict"):
        return annotation
    return next(filter(None, map(model_of, get_args(annotation))), None)


def body_of(function: Any, content: Any) -> dict[str, Any]:
    """Return the argument with the body, which is named after its class."""
    models = {name: model_of(each.annotation) for name, each in inspect.signature(function).parameters.items()}
    return next({name: model.from_dict(content)} for name, model in models.items() if model)


def call(request: dict[str, Any]) -> dict[str, Any]:
    name = f"{request['operation']}_with_http_info"
    function = next(getattr(api, name) for api in APIS if hasattr(api, name))
    # `filter[cohort]` is the parameter `filter_cohort`.
    arguments = {name.replace("[", "_").replace("]", ""): value for name, value in request["query"].items()}
    arguments |= request["path"]
    if request["body"] is not None:
        arguments |= body_of(function, request["body"])
    try:
        response = function(**arguments)
    except generated.ApiException as error:
        return {"status": error.status, "body": json.loads(error.body)}
    return {"status": response.status_code, "body": json.loads(response.data.to_json())}


for line in sys.stdin:
    sys.stdout.write(json.dumps(call(json.loads(line))) + "\n")
    sys.stdout.flush()
