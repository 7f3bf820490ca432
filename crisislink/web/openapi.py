"""The OpenAPI 3.1 document, made from `operations` and `models`; served, and kept in docs/openapi.json."""

import re
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from crisislink.flow.machines import Scope
from crisislink.web import models as m
from crisislink.web.embeddingmodels import EmbeddedHello
from crisislink.web.operations import OPERATIONS, SOFTWARE, Operation

_LIVE = (m.LiveEvent, m.LiveTick, m.LiveReset, m.LiveHello, EmbeddedHello)
_SCOPES = {
    Scope.INCIDENTS.value: "Open incidents, and close those it opened",
    Scope.CAMERAS.value: "Places by name, and the cameras near one",
    Scope.LAUNCH.value: "Show somebody who is signed in an incident's views, in the software's own page",
}
_RECENT = "Needs a recent authentication: else 403 `step_up`, and `/auth/step-up?next=` is where to go."
_REF = "#/components/schemas/{model}"


@cache
def document() -> dict[str, Any]:
    """The whole document as JSON values."""
    used: set[type[BaseModel]] = {m.Problem, *_LIVE}
    for operation in OPERATIONS:
        used |= {model for model in (operation.body, operation.answer) if model is not None}
    schemas = models_json_schema(
        [
            (model, "validation" if issubclass(model, m.Incoming) else "serialization")
            for model in sorted(used, key=lambda c: c.__name__)
        ],
        ref_template=_REF,
    )[1]["$defs"]
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CrisisLink",
            "version": version("crisislink"),
            "description": "Temporary, approved, masked live views of city cameras for medical dispatch.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-crisislink"},
                "embedded": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of a session that only looks, from `openEmbedded`.",
                },
                "machine": {
                    "type": "oauth2",
                    "description": "Dispatch software; the hospital's own provider gives its tokens.",
                    "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": _SCOPES}},
                },
            },
        },
    }


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.roles is None:
        return []
    if operation.embedded:
        return [{"embedded": []}]
    if operation.roles == SOFTWARE:
        return [{"machine": [operation.scope.value]}] if operation.scope is not None else []
    machine = [] if operation.scope is None else [{"machine": [operation.scope.value]}]
    return [{"session": []}, *machine]


def _ref(model: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": _REF.format(model=model.__name__)}


def _json(schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    return {kind: {"schema": schema}}


def _operation(operation: Operation) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    if operation.query is not None:
        described = operation.query.model_json_schema()
        for name, schema in described["properties"].items():
            summary = schema.pop("description")
            parameters.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in described.get("required", ()),
                    "description": summary,
                    "schema": schema,
                }
            )
    if operation.method == "POST":
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "The same key repeats the answer instead of the act.",
                "schema": {"type": "string", "maxLength": 64},
            }
        )
    answer: dict[str, Any] = {"description": operation.summary}
    if operation.answer is not None:
        one = _ref(operation.answer)
        answer["content"] = _json({"type": "array", "items": one} if operation.many else one)
    if operation.file is not None:
        answer["content"] = {operation.file.partition(";")[0]: {"schema": {"type": "string"}}}
    problem = {
        "description": "RFC 9457 problem",
        "content": _json(_ref(m.Problem), "application/problem+json"),
    }
    whole: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        **({"description": _RECENT} if operation.recent else {}),
        "parameters": parameters,
        "responses": {str(operation.status): answer, "4XX": problem, "5XX": problem},
        "security": _security(operation),
    }
    if operation.body is not None:
        whole["requestBody"] = {"required": True, "content": _json(_ref(operation.body))}
    return whole
