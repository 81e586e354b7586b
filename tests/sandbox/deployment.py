"""Deploys the real `template.yaml` into the simulated AWS.

`samtranslator` turns SAM into CloudFormation; moto's CloudFormation creates the resources and resolves
every reference. What the sandbox needs to know beside (environments, substitutions, schedules) it lets
CloudFormation resolve as well, by an output of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.sandbox.aws import SimulatedAws
from tests.sandbox.parameters import check_parameters
from tests.sandbox.reduced_template import reduce_to_moto, refer_by_name
from tests.sandbox.rules import check_rules
from tests.sandbox.sam_template import load_template, transform
from tests.sandbox.stack import Function, Route, Schedule, Stack, StreamMapping

STACK_NAME: Final = "zonos-orders"
_OUTPUT: Final = "Sandbox"
_NOTHING: Final = {"Ref": "AWS::NoValue"}
_PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


def deploy(aws: SimulatedAws, root: Path, parameters: Mapping[str, str], secret: str) -> Stack:
    """Deploy `root`/template.yaml with `parameters` and put `secret` where the functions look for it."""
    source = load_template(root / "template.yaml")
    check_parameters(source["Parameters"], parameters)
    check_rules(source, parameters)
    template = transform(source, dict(parameters))
    reduced = reduce_to_moto(template)
    wanted = {**_wanted(template), "PhysicalIds": _each(reduced, lambda name, _: {"Ref": name})}
    reduced["Outputs"][_OUTPUT] = {"Value": {"Fn::ToJsonString": wanted}}
    outputs = _create_stack(aws, refer_by_name(reduced), parameters)
    resolved = json.loads(outputs.pop(_OUTPUT))
    aws.client("secretsmanager").create_secret(Name=resolved["SecretName"], SecretString=secret)
    functions = {
        name: _function(name, found, _python_path(source, name, root))
        for name, found in resolved["Functions"].items()
    }
    names = {function.arn: name for name, function in functions.items()}
    names |= {function.name: name for name, function in functions.items()}
    return Stack(
        functions=functions,
        routes=tuple(route for name in functions for route in _routes(source, name)),
        schedules=tuple(
            Schedule(names[found["Arn"]], json.loads(found["Input"]) if "Input" in found else None)
            for found in resolved["Schedules"].values()
        ),
        state_machines={
            name: _create_state_machine(
                aws, found, root / source["Resources"][name]["Properties"]["DefinitionUri"]
            )
            for name, found in resolved["StateMachines"].items()
        },
        physical_ids=resolved["PhysicalIds"],
        outputs=outputs,
        streams=tuple(_stream(names, found) for found in resolved["Streams"].values()),
    )


def _wanted(template: Mapping[str, Any]) -> dict[str, Any]:
    """What the sandbox has to know of a template, for CloudFormation to resolve."""
    return {
        "SecretName": {"Ref": "ZonosSecretName"},
        "Functions": _each(
            template,
            lambda name, properties: {
                "Name": {"Ref": name},
                "Arn": {"Fn::GetAtt": [name, "Arn"]},
                "Handler": properties["Handler"],
                "Timeout": properties.get("Timeout", 3),
                "MemorySize": properties.get("MemorySize", 128),
                "Environment": properties.get("Environment", {}).get("Variables", {}),
                "LogGroup": properties.get("LoggingConfig", {}).get("LogGroup", _NOTHING),
            },
            resource_type="AWS::Lambda::Function",
        ),
        "Schedules": _each(
            template,
            lambda _, properties: {key: properties["Target"].get(key, _NOTHING) for key in ("Arn", "Input")},
            resource_type="AWS::Scheduler::Schedule",
        ),
        "Streams": _each(
            template, lambda _, properties: properties, resource_type="AWS::Lambda::EventSourceMapping"
        ),
        "StateMachines": _each(
            template,
            lambda _, properties: {
                "Name": properties["StateMachineName"],
                "RoleArn": properties["RoleArn"],
                "Substitutions": properties.get("DefinitionSubstitutions", {}),
            },
            resource_type="AWS::StepFunctions::StateMachine",
        ),
    }


def _each(
    template: Mapping[str, Any], facts: Callable[[str, Any], Any], *, resource_type: str | None = None
) -> dict[str, Any]:
    """Collect facts of the resources by logical id; nothing of one that its condition leaves out."""
    found = {}
    for name, resource in template["Resources"].items():
        if resource_type in {None, resource["Type"]}:
            value = facts(name, resource.get("Properties", {}))
            condition = resource.get("Condition")
            found[name] = value if condition is None else {"Fn::If": [condition, value, _NOTHING]}
    return found


def _create_stack(
    aws: SimulatedAws, template: Mapping[str, Any], parameters: Mapping[str, str]
) -> dict[str, str]:
    """Create the stack and return its outputs."""
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK_NAME,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    stack = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        message = f"the stack ended as {stack['StackStatus']}: {stack.get('StackStatusReason')}"
        raise RuntimeError(message)
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _function(logical_id: str, resolved: Mapping[str, Any], paths: tuple[Path, ...]) -> Function:
    return Function(
        logical_id=logical_id,
        name=resolved["Name"],
        arn=resolved["Arn"],
        handler=resolved["Handler"],
        timeout=int(resolved["Timeout"]),
        memory=int(resolved["MemorySize"]),
        log_group=resolved.get("LogGroup", f"/aws/lambda/{resolved['Name']}"),
        environment={name: _text(value) for name, value in resolved["Environment"].items()},
        paths=paths,
    )


def _stream(names: Mapping[str, str], resolved: Mapping[str, Any]) -> StreamMapping:
    """All of it has to be in the template: AWS's defaults try for a day, and tell nobody."""
    return StreamMapping(
        function=names[resolved["FunctionName"]],
        stream_arn=resolved["EventSourceArn"],
        starting_position=resolved["StartingPosition"],
        batch_size=int(resolved["BatchSize"]),
        retries=int(resolved["MaximumRetryAttempts"]),
        oldest_seconds=int(resolved["MaximumRecordAgeInSeconds"]),
        bisects=_text(resolved["BisectBatchOnFunctionError"]) == "true",
        reports_items="ReportBatchItemFailures" in resolved["FunctionResponseTypes"],
        failure_queue=resolved["DestinationConfig"]["OnFailure"]["Destination"],
    )


def _text(value: object) -> str:
    """Undo moto, which makes numbers of parameters: CloudFormation knows only strings here."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _python_path(source: Mapping[str, Any], name: str, root: Path) -> tuple[Path, ...]:
    """The function's own folder and those of its layers, as SAM would pack them."""
    shared = source.get("Globals", {}).get("Function", {})
    properties = source["Resources"][name]["Properties"]
    layers = [*shared.get("Layers", []), *properties.get("Layers", [])]
    folders = [source["Resources"][layer["Ref"]]["Properties"]["ContentUri"] for layer in layers]
    return tuple((root / folder).resolve() for folder in [properties["CodeUri"], *folders])


def _routes(source: Mapping[str, Any], name: str) -> Iterator[Route]:
    for event in source["Resources"][name]["Properties"].get("Events", {}).values():
        if event["Type"] == "HttpApi":
            yield Route(event["Properties"]["Method"].upper(), event["Properties"]["Path"], name)


def _create_state_machine(aws: SimulatedAws, resolved: Mapping[str, Any], definition: Path) -> str:
    """Create it once more, through the API: moto runs only those. Its name gives it the same ARN."""
    substitutions = resolved["Substitutions"]
    created = aws.client("stepfunctions").create_state_machine(
        name=resolved["Name"],
        roleArn=resolved["RoleArn"],
        definition=_PLACEHOLDER.sub(lambda match: _text(substitutions[match[1]]), definition.read_text()),
    )
    arn: str = created["stateMachineArn"]
    return arn
