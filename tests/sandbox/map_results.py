"""What a distributed Map leaves in S3: moto writes a manifest that names no files, AWS the results as well.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.resource_eval.resource_eval_s3 import (  # noqa: E501 - moto's own name
    ResourceEvalS3,
)


def write_results_to(endpoint: str) -> None:
    """Let moto's ResultWriter put what AWS's puts into the S3 at `endpoint`: moto would ask Lambda's port.

    moto keeps nothing of an item that failed but that it failed.
    """

    def put_object(env: Any, *_resource_and_credentials: object) -> None:
        parameters, results = env.stack.pop(), env.stack.pop()
        arn = env.map_run_record_pool_manager.get_all().pop().map_run_arn
        bucket, folder = parameters["Bucket"], f"{parameters['Prefix'].rstrip('/')}/{arn.rpartition(':')[2]}"
        made = {
            "SUCCEEDED": [{"Status": "SUCCEEDED", "Output": json.dumps(one)} for one in results if one],
            "FAILED": [{"Status": "FAILED"} for one in results if not one],
        }
        files: dict[str, Any] = {"PENDING": []}
        client = boto3.client("s3", endpoint_url=endpoint)
        for status, records in made.items():
            key, body = f"{folder}/{status}_0.json", json.dumps(records)
            files[status] = [{"Key": key, "Size": len(body)}] if records else []
            if records:
                client.put_object(Bucket=bucket, Key=key, Body=body.encode())
        manifest = {"DestinationBucket": bucket, "MapRunArn": arn, "ResultFiles": files}
        client.put_object(Bucket=bucket, Key=f"{folder}/manifest.json", Body=json.dumps(manifest).encode())
        details = {"Bucket": bucket, "Key": f"{folder}/manifest.json"}
        env.stack.append({"MapRunArn": arn, "ResultWriterDetails": details})

    hook: Any = ResourceEvalS3  # moto looks its handlers up by their names
    hook._handle_put_object = staticmethod(put_object)


def read_results(s3: Any, details: Mapping[str, str]) -> tuple[list[Any], int]:
    """Return the outputs of the items that succeeded, and how many failed; `details`: ResultWriterDetails."""

    def read(key: str) -> Any:
        return json.loads(s3.get_object(Bucket=details["Bucket"], Key=key)["Body"].read())

    files = read(details["Key"])["ResultFiles"]
    succeeded = [json.loads(one["Output"]) for file in files["SUCCEEDED"] for one in read(file["Key"])]
    return succeeded, sum(len(read(file["Key"])) for file in files["FAILED"])
