"""What others rely on: parameters, resources, outputs and the functions' environment."""

import tomllib

from tests import template_checks as checks
from tests.sandbox.sam_template import ROOT
from tests.unit.template.deployed import (
    FUNCTIONS,
    RESOURCES,
    REVIEW_LOOP_ARN,
    TEMPLATE,
    WITH_PAGE,
    WITHOUT_PAGE,
    properties,
)


def test_the_parameters_are_the_promised_ones() -> None:
    assert TEMPLATE["Parameters"].keys() == {
        "ZonosStoreId",
        "ZonosSecretName",
        "ShipFromDate",
        "ZonosApiUrl",
        "ReconcileSchedule",
        "MaxReconcileLagMinutes",
        "SuccessPage",
        "ThankYouUrl",
        "AllowedOrigin",
        "SuccessPageDomain",
        "CertificateArn",
        "ShopName",
        "ShopLogoUrl",
        "ShopColor",
        "ShopSupport",
        "ShopUrl",
        "TestOrders",
        "SensitiveFields",
        "PersonalDataRetentionDays",
        "RecheckBaseSeconds",
        "InitialLookbackDays",
        "BackfillConcurrency",
        "BackfillToleratedFailurePercentage",
        "ImportConcurrency",
        "MerchantOrderIds",
        "RefreshDays",
        "RefreshCallsPerRun",
        "KmsKeyArn",
        "LogRetentionDays",
        "AlarmEmail",
        "SuccessPageRateLimit",
        "SuccessPageBurstLimit",
    }


def test_only_what_the_deployer_alone_can_know_has_no_default() -> None:
    defaults = {name: body.get("Default") for name, body in TEMPLATE["Parameters"].items()}
    assert defaults == {
        "ZonosStoreId": None,
        "ZonosSecretName": None,
        "ShipFromDate": None,
        "ZonosApiUrl": "https://api.iglobalstores.com",
        "ReconcileSchedule": "rate(15 minutes)",
        "MaxReconcileLagMinutes": 60,
        "SuccessPage": "enabled",
        "ThankYouUrl": "",
        "AllowedOrigin": "",
        "SuccessPageDomain": "",
        "CertificateArn": "",
        "ShopName": "",
        "ShopLogoUrl": "",
        "ShopColor": "#2f5bd7",
        "ShopSupport": "",
        "ShopUrl": "",
        "TestOrders": "hold",
        "SensitiveFields": "keep",
        "PersonalDataRetentionDays": 0,
        "RecheckBaseSeconds": 300,
        "InitialLookbackDays": 30,
        "BackfillConcurrency": 2,
        "BackfillToleratedFailurePercentage": 0,
        "ImportConcurrency": 16,
        "MerchantOrderIds": "unused",
        "RefreshDays": 14,
        "RefreshCallsPerRun": 20,
        "KmsKeyArn": "",
        "LogRetentionDays": 30,
        "AlarmEmail": "",
        "SuccessPageRateLimit": 20,
        "SuccessPageBurstLimit": 40,
    }


def test_the_promised_resources_and_outputs_are_there() -> None:
    assert {name: RESOURCES[name]["Type"] for name in (*FUNCTIONS, "ReviewLoop", "OrdersApi")} == {
        "SuccessRedirectFunction": "AWS::Lambda::Function",
        "ReconcileOrdersFunction": "AWS::Lambda::Function",
        "RecheckOrderFunction": "AWS::Lambda::Function",
        "ReviewLoop": "AWS::StepFunctions::StateMachine",
        "OrdersApi": "AWS::ApiGatewayV2::Api",
    }
    assert {name: output["Value"] for name, output in WITH_PAGE["Outputs"].items()} == {
        "OrdersTableName": {"Ref": "OrdersTable"},
        "ReconciliationTableName": {"Ref": "ReconciliationTable"},
        "OrdersBusName": {"Ref": "OrdersBus"},
        "OrderDeskFunctionName": {"Ref": "OrderDeskFunction"},
        "DashboardName": {"Ref": "OrdersDashboard"},
        "ReadOrderStatusPolicyArn": {"Ref": "ReadOrderStatusPolicy"},
        "ReadOrdersPolicyArn": {"Ref": "ReadOrdersPolicy"},
        "OrderSupervisorUrl": {"Fn::GetAtt": ["OrderSupervisorFunctionUrl", "FunctionUrl"]},
        "OrderSupervisorPolicyArn": {"Ref": "OrderSupervisorPolicy"},
        "ReviewLoopArn": {"Ref": "ReviewLoop"},
        "BackfillArn": {"Ref": "Backfill"},
        "BackfillBucketName": {"Ref": "BackfillBucket"},
        "SuccessPageUrl": {
            "Fn::Sub": "https://${OrdersApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/success"
        },
    }


def test_all_functions_have_the_same_environment() -> None:
    expected = {
        "ZONOS_STORE_ID": {"Ref": "ZonosStoreId"},
        "ZONOS_SECRET_NAME": {"Ref": "ZonosSecretName"},
        "ZONOS_API_URL": {"Ref": "ZonosApiUrl"},
        "ORDERS_TABLE": {"Ref": "OrdersTable"},
        "RECONCILIATION_TABLE": {"Ref": "ReconciliationTable"},
        "REVIEW_LOOP_ARN": {"Fn::Sub": REVIEW_LOOP_ARN},
        "SHIP_FROM_DATE": {"Ref": "ShipFromDate"},
        "TEST_ORDERS": {"Ref": "TestOrders"},
        "SENSITIVE_FIELDS": {"Ref": "SensitiveFields"},
        "PERSONAL_DATA_RETENTION_DAYS": {"Ref": "PersonalDataRetentionDays"},
        "THANK_YOU_URL": {"Ref": "ThankYouUrl"},
        "ALLOWED_ORIGIN": {"Ref": "AllowedOrigin"},
        "SHOP_NAME": {"Ref": "ShopName"},
        "SHOP_LOGO_URL": {"Ref": "ShopLogoUrl"},
        "SHOP_COLOR": {"Ref": "ShopColor"},
        "SHOP_SUPPORT": {"Ref": "ShopSupport"},
        "SHOP_URL": {"Ref": "ShopUrl"},
        "RECHECK_BASE_SECONDS": {"Ref": "RecheckBaseSeconds"},
        "INITIAL_LOOKBACK_DAYS": {"Ref": "InitialLookbackDays"},
        "IMPORT_CONCURRENCY": {"Ref": "ImportConcurrency"},
        "MERCHANT_ORDER_IDS": {"Ref": "MerchantOrderIds"},
        "REFRESH_DAYS": {"Ref": "RefreshDays"},
        "REFRESH_CALLS_PER_RUN": {"Ref": "RefreshCallsPerRun"},
        "POWERTOOLS_SERVICE_NAME": {"Ref": "AWS::StackName"},
        "POWERTOOLS_METRICS_NAMESPACE": "ZonosOrders",
    }
    for name in FUNCTIONS:
        assert properties(name)["Environment"]["Variables"] == expected


def test_the_name_in_the_environment_is_the_review_loops_own() -> None:
    name = properties("ReviewLoop")["StateMachineName"]["Fn::Sub"]
    assert REVIEW_LOOP_ARN.endswith(f":stateMachine:{name}")


def test_the_configuration_is_anybodys() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))["default"]
    assert config["global"]["parameters"] == {"stack_name": "zonos-orders"}
    assert config["validate"]["parameters"] == {"lint": True}
    assert config["deploy"]["parameters"] == {
        "capabilities": "CAPABILITY_IAM",
        "confirm_changeset": True,
        "fail_on_empty_changeset": False,
        "resolve_s3": True,
    }


def test_the_success_page_can_have_a_domain_of_its_own() -> None:
    given = {
        "SuccessPageDomain": "orders.shop.example",
        "CertificateArn": "arn:aws:acm:us-east-1:1:certificate/1",
    }
    own = checks.with_conditions_met(TEMPLATE, given)
    assert own["Resources"].keys() - WITH_PAGE["Resources"].keys() == {"OrdersApiDomain", "OrdersApiMapping"}
    assert own["Outputs"]["SuccessPageUrl"]["Value"] == {"Fn::Sub": "https://${SuccessPageDomain}/success"}
    target = own["Outputs"]["SuccessPageDomainTarget"]["Value"]
    assert target == {"Fn::GetAtt": ["OrdersApiDomain", "RegionalDomainName"]}
    without_page = checks.with_conditions_met(TEMPLATE, given | {"SuccessPage": "disabled"})
    assert without_page["Resources"].keys() == WITHOUT_PAGE["Resources"].keys()
