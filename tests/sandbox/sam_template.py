"""`template.yaml` as it is written, and the CloudFormation that SAM makes of it, without any network."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]

# `sam deploy` uploads what these properties name; the transform accepts only the address of an upload.
_LOCAL_FOLDERS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
# What SAM would ask IAM for: the managed policies that it adds by itself.
_MANAGED_POLICIES = {
    "AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "AWSXrayWriteOnlyAccess": "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
}


def load_template(path: Path = ROOT / "template.yaml") -> dict[str, Any]:
    """Read the SAM template; `!Ref X` and its like become `{"Ref": "X"}`."""
    template: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))  # type: ignore[no-untyped-call]  # samtranslator has no types
    return template


def transform(
    template: Mapping[str, Any], parameters: Mapping[str, str] | None = None, region: str = "us-east-1"
) -> dict[str, Any]:
    """Turn a SAM template into CloudFormation as AWS does at deployment; the template stays as it is."""
    sam = deepcopy(dict(template))
    for name, resource in sam["Resources"].items():
        if folder := _LOCAL_FOLDERS.get(resource["Type"]):
            resource["Properties"][folder] = f"s3://artefacts/{name}"
    translator = Translator(_MANAGED_POLICIES, Parser(), boto_session=boto3.Session(region_name=region))
    cloudformation: dict[str, Any] = translator.translate(sam, dict(parameters or {}))
    return cloudformation
