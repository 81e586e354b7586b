"""What of a CloudFormation template moto can make: the rest is left out, in one place, with the reason."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

LEFT_OUT: Final = {
    "AWS::IAM::ManagedPolicy": "for people; an optional statement is more than moto understands",
    "AWS::ApiGatewayV2::Api": "unknown to moto; http_api.py serves its routes",
    "AWS::ApiGatewayV2::ApiMapping": "belongs to the domain",
    "AWS::ApiGatewayV2::DomainName": "a domain would need a certificate, and DNS",
    "AWS::ApiGatewayV2::Stage": "belongs to the API",
    "AWS::CloudWatch::Alarm": "unknown to moto; nothing is measured here",
    "AWS::CloudWatch::Dashboard": "shows the metrics that nothing here measures",
    "AWS::Lambda::EventInvokeConfig": "unknown to moto; a failure is in the function's log",
    "AWS::Lambda::EventSourceMapping": "moto would need Docker for it; table_stream.py reads the stream",
    "AWS::Lambda::LayerVersion": "the folders of the layers are on the Python path",
    "AWS::Lambda::Permission": "whoever calls may call; it refers to the API",
    "AWS::Lambda::Url": "unknown to moto; whoever calls may call",
    "AWS::Scheduler::Schedule": "unknown to moto; scheduler.py fires it",
    "AWS::S3::BucketPolicy": "unknown to moto; whoever calls may call",
    "AWS::SNS::Subscription": "unknown to moto; nobody reads the mail",
}


def reduce_to_moto(template: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what moto cannot make, and the outputs that only tell about it."""
    reduced = copy.deepcopy(dict(template))
    resources = reduced["Resources"]
    gone = {name for name, resource in resources.items() if resource["Type"] in LEFT_OUT}
    reduced["Resources"] = {name: resource for name, resource in resources.items() if name not in gone}
    for resource in reduced["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"] = {"ZipFile": "# The sandbox runs the files of the project.\n"}
            resource["Properties"].pop("Layers", None)
    for name, resource in reduced["Resources"].items():
        missing = gone.intersection(_references(resource))
        if missing:
            message = f"{name} needs {', '.join(sorted(missing))}, which the sandbox leaves out"
            raise ValueError(message)
    reduced["Outputs"] = {
        name: output
        for name, output in template.get("Outputs", {}).items()
        if gone.isdisjoint(_references(output))
    }
    return reduced


def refer_by_name(template: Mapping[str, Any]) -> Any:
    """Ask for the name of a bus by its attribute: moto's `Ref` is an object of its own, and no text."""
    buses = {name for name, body in template["Resources"].items() if body["Type"] == "AWS::Events::EventBus"}

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(item) for item in node]
        if not isinstance(node, Mapping):
            return node
        if node.keys() == {"Ref"} and node["Ref"] in buses:
            return {"Fn::GetAtt": [node["Ref"], "Name"]}
        return {key: walk(value) for key, value in node.items()}

    return walk(template)


def _references(value: Any) -> Iterator[str]:
    """Yield every logical id, parameter and pseudo parameter that a part of a template names."""
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        if key in {"Ref", "DependsOn"}:
            yield from [item] if isinstance(item, str) else item
        elif key == "Fn::GetAtt":
            yield item.partition(".")[0] if isinstance(item, str) else item[0]
        elif key == "Fn::Sub":
            text = item if isinstance(item, str) else item[0]
            yield from re.findall(r"\$\{([A-Za-z0-9]+)", text)
        yield from _references(item)
