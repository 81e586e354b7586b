"""The backfill's bucket, machine and function: nothing open, kept for ever or unbounded."""

from typing import Any

import pytest

from tests.unit.template.deployed import RESOURCES, SAM, properties


def test_the_bucket_is_encrypted_private_and_kept_like_the_tables() -> None:
    bucket = RESOURCES["BackfillBucket"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["Properties"]["PublicAccessBlockConfiguration"]) == 4
    assert bucket["Properties"]["OwnershipControls"] == {
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
    }
    assert "BucketName" not in bucket["Properties"]  # names of buckets are everybody's: AWS finds a free one


def test_results_are_forgotten_after_ninety_days_and_half_of_one_after_a_week() -> None:
    (rule,) = properties("BackfillBucket")["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 90)
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def test_nothing_reaches_the_bucket_unencrypted() -> None:
    arn = {"Fn::GetAtt": ["BackfillBucket", "Arn"]}
    policy = properties("BackfillBucketPolicy")
    assert policy["Bucket"] == {"Ref": "BackfillBucket"}
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, {"Fn::Sub": "${BackfillBucket.Arn}/*"}],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_the_machine_logs_failures_without_their_data() -> None:
    machine = properties("Backfill")
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"]["Level"] == "ERROR"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False


def test_the_function_has_the_time_and_the_memory_of_a_reconciliation() -> None:
    backfill, reconcile = properties("BackfillOrdersFunction"), properties("ReconcileOrdersFunction")
    for name in ("Timeout", "MemorySize", "Runtime", "Architectures", "Environment", "Layers"):
        assert backfill[name] == reconcile[name]


@pytest.mark.parametrize(
    ("name", "bounds"), [("BackfillConcurrency", (1, 100)), ("BackfillToleratedFailurePercentage", (0, 100))]
)
def test_its_parameters_are_handed_to_the_machine(name: str, bounds: tuple[int, int]) -> None:
    parameter: Any = SAM["Parameters"][name]
    assert (parameter["MinValue"], parameter["MaxValue"]) == bounds
    assert properties("Backfill")["DefinitionSubstitutions"][name] == {"Ref": name}
