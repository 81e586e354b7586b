"""AWS's list prices in us-east-1, in US dollars, without any free tier; read on 2026-11-27.

From the pages `aws.amazon.com/<service>/pricing/` where they could be read (Step Functions), else from what
others quote of them in 2025 and 2026: see SOURCES. DynamoDB's are those after the reduction of November 2024.
"""

MILLION = 1_000_000

STATE_TRANSITION = 25.0 / MILLION
LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000133334  # arm64
READ_UNIT = 0.125 / MILLION
WRITE_UNIT = 0.625 / MILLION
STORED_GB_MONTH = 0.25
BACKED_UP_GB_MONTH = 0.20  # point-in-time recovery
API_REQUEST = 1.00 / MILLION  # HTTP API
EVENT = 1.00 / MILLION
LOG_GB = 0.50
METRIC_MONTH = 0.30
ALARM_MONTH = 0.10
DASHBOARD_MONTH = 3.00
SECRET_MONTH = 0.40
SECRET_CALL = 5.0 / MILLION
TRACE = 5.0 / MILLION  # X-Ray samples the first request of each second and 5 % of the others

SOURCES = (
    ("Step Functions", "aws.amazon.com/step-functions/pricing"),
    ("Lambda (arm64; a start is billed since August 2025)", "cloudchipr.com/blog/aws-lambda-pricing"),
    ("DynamoDB, on demand", "airbyte.com/data-engineering-resources/dynamodb-pricing"),
    ("HTTP API", "apigatewaycost.com/aws"),
    ("CloudWatch", "cloudburn.io/blog/amazon-cloudwatch-pricing"),
)
UNSOURCED = (
    "EventBridge, Secrets Manager, X-Ray and DynamoDB's storage are as known, without a page that was read"
)
