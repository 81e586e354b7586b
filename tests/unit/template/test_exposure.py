"""Nobody outside the account reaches anything but the success page."""

from typing import Any

from tests.unit.template.deployed import RESOURCES, WITH_PAGE, WITHOUT_PAGE

# None of them is a permission on a layer, or a policy that opens a queue, topic or table.
KNOWN_TYPES = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Url",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::Scheduler::Schedule",
    "AWS::StepFunctions::StateMachine",
}
OWN_POLICY = ("ResourcePolicy", "ContributorInsightsSpecification", "KinesisStreamSpecification")


def _of_type(template: Any, kind: str) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def test_there_is_nothing_of_a_kind_that_opens_a_door() -> None:
    assert {resource["Type"] for resource in RESOURCES.values()} <= KNOWN_TYPES
    for table in _of_type(WITH_PAGE, "AWS::DynamoDB::Table").values():
        assert not table.keys() & set(OWN_POLICY)


def test_the_policy_of_the_bucket_only_refuses() -> None:
    (policy,) = _of_type(WITH_PAGE, "AWS::S3::BucketPolicy").values()
    assert {statement["Effect"] for statement in policy["PolicyDocument"]["Statement"]} == {"Deny"}


def test_only_the_route_of_the_page_may_call_a_function_from_outside() -> None:
    assert _of_type(WITH_PAGE, "AWS::Lambda::Permission") == {
        "SuccessRedirectFunctionSuccessPermission": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "SuccessRedirectFunction"},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {
                "Fn::Sub": [
                    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}"
                    ":${__ApiId__}/${__Stage__}/GET/success",
                    {"__ApiId__": {"Ref": "OrdersApi"}, "__Stage__": "*"},
                ]
            },
        }
    }
    assert _of_type(WITHOUT_PAGE, "AWS::Lambda::Permission") == {}


def test_the_only_url_of_a_function_is_for_callers_that_aws_has_authenticated() -> None:
    """And no permission of its own lets anybody in: the policies of the account's people do."""
    assert _of_type(WITH_PAGE, "AWS::Lambda::Url") == {
        "OrderSupervisorFunctionUrl": {
            "TargetFunctionArn": {"Ref": "OrderSupervisorFunction"},
            "AuthType": "AWS_IAM",
        }
    }


def test_each_role_is_for_one_service_of_aws() -> None:
    trusted = {
        name: [statement["Principal"] for statement in role["AssumeRolePolicyDocument"]["Statement"]]
        for name, role in _of_type(WITH_PAGE, "AWS::IAM::Role").items()
    }
    for_lambda = [{"Service": ["lambda.amazonaws.com"]}]
    assert trusted == {
        "SuccessRedirectFunctionRole": for_lambda,
        "ReconcileOrdersFunctionRole": for_lambda,
        "RecheckOrderFunctionRole": for_lambda,
        "BackfillOrdersFunctionRole": for_lambda,
        "OrderDeskFunctionRole": for_lambda,
        "OrderSupervisorFunctionRole": for_lambda,
        "PublishChangesFunctionRole": for_lambda,
        "ReviewLoopRole": [{"Service": ["states.amazonaws.com"]}],
        "BackfillRole": [{"Service": ["states.amazonaws.com"]}],
        "ReconcileOrdersFunctionScheduleRole": [{"Service": ["scheduler.amazonaws.com"]}],
    }
