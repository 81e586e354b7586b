"""A project of its own for testing the sandbox: a template, handlers that do as told, a state machine."""

from __future__ import annotations

import json
from pathlib import Path

TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  ZonosSecretName: {Type: String, AllowedPattern: '^[a-z/]+$'}
  SuccessPage: {Type: String, Default: enabled, AllowedValues: [enabled, disabled]}
  Count: {Type: Number, Default: 300, MinValue: 1}
Conditions:
  SuccessPageEnabled: !Equals [!Ref SuccessPage, enabled]
Globals:
  Function:
    Runtime: python3.13
    Handler: app.lambda_handler
    Timeout: 5
    MemorySize: 256
    Layers: [!Ref SharedLayer]
    Environment:
      Variables:
        COUNT: !Ref Count
        LITERAL: 7
        SWITCH: true
        TABLE: !Ref OrdersTable
        LOOP_ARN: !Sub >-
          arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}-review
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Condition: SuccessPageEnabled
  SharedLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers/shared}
  SuccessRedirectFunction:
    Type: AWS::Serverless::Function
    Condition: SuccessPageEnabled
    Properties:
      CodeUri: functions/any
      Events:
        Page: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /success}}
        Post: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /post}}
  ReconcileOrdersFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/any
      Events:
        Schedule:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(15 minutes), Input: '{"from": "the template"}'}
  RecheckOrderFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/any
      Timeout: 1
  BrokenFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/any
      Handler: broken.lambda_handler
  ReviewLoop:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: !Sub ${AWS::StackName}-review
      DefinitionUri: loop.asl.json
      DefinitionSubstitutions:
        FunctionArn: !GetAtt RecheckOrderFunction.Arn
        Seconds: !Ref Count
  OrdersTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: order_id, AttributeType: S}]
      KeySchema: [{AttributeName: order_id, KeyType: HASH}]
  ReconciliationTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: kind, AttributeType: S}
        - {AttributeName: id, AttributeType: S}
      KeySchema:
        - {AttributeName: kind, KeyType: HASH}
        - {AttributeName: id, KeyType: RANGE}
Outputs:
  LoopArn: {Value: !Ref ReviewLoop}
  PageUrl:
    Condition: SuccessPageEnabled
    Value: !Sub https://${Api}.example/success
"""

HANDLER = """
import os, socket, sys, time
import boto3
from shared import PASSED_ON

class TransientError(Exception):
    pass

def lambda_handler(event, context):
    match event.get("do", "echo"):
        case "echo":
            print("echo")
            return {"event": event, PASSED_ON: True}
        case "environment":
            return dict(os.environ)
        case "context":
            return {
                "name": context.function_name, "arn": context.invoked_function_arn,
                "memory": context.memory_limit_in_mb, "request": context.aws_request_id,
                "left": context.get_remaining_time_in_millis(),
                "log": [context.log_group_name, context.log_stream_name],
            }
        case "who":
            time.sleep(event.get("seconds", 0))
            return os.getpid()
        case "log":
            print("to stdout")
            print("to stderr", file=sys.stderr)
            sys.stdout.write("without a newline")
        case "fail":
            raise TransientError("zonos is down")
        case "hang":
            print("began", os.getpid())
            time.sleep(60)
        case "exit":
            os._exit(3)
        case "set":
            return {1, 2}
        case "connect":
            socket.create_connection((event["host"], 80), timeout=1)
        case "count":
            boto3.client("dynamodb").update_item(
                TableName=os.environ["TABLE"], Key={"order_id": {"S": "1"}},
                UpdateExpression="SET revision = :next",
                ConditionExpression="attribute_not_exists(order_id) OR revision = :seen",
                ExpressionAttributeValues={
                    ":seen": {"N": str(event["seen"])}, ":next": {"N": str(event["seen"] + 1)},
                },
            )
"""

# Fails once by class name and is retried, then is caught with the other error, and ends.
LOOP = {
    "StartAt": "Work",
    "States": {
        "Work": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${FunctionArn}", "Payload.$": "$.payload"},
            "OutputPath": "$.Payload",
            "Retry": [{"ErrorEquals": ["TransientError"], "IntervalSeconds": 1, "MaxAttempts": 1}],
            "Catch": [
                {"ErrorEquals": ["TransientError"], "ResultPath": "$.error", "Next": "GivenUp"},
                {"ErrorEquals": ["Sandbox.Timedout"], "ResultPath": "$.error", "Next": "TooSlow"},
            ],
            "End": True,
        },
        "GivenUp": {
            "Type": "Pass",
            "Parameters": {"after.$": "States.StringToJson('${Seconds}')", "error.$": "$.error.Error"},
            "End": True,
        },
        "TooSlow": {"Type": "Wait", "Seconds": 600, "End": True},
    },
}


def write(root: Path) -> Path:
    """Write the project into a folder and return the folder."""
    files = {
        "template.yaml": TEMPLATE,
        "functions/any/app.py": HANDLER,
        "functions/any/broken.py": "import os\nos.environ['MISSING_SETTING']\n",
        "layers/shared/shared.py": "PASSED_ON = 'layer'\n",
        "loop.asl.json": json.dumps(LOOP),
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
