"""Checks of a CloudFormation template that `sam validate --lint` does not make.

Each takes a template and returns what is wrong with it, in sentences; nothing wrong is an empty list.
"""

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

Template = Mapping[str, Any]

# AWS: "Using AWS Lambda with Amazon DynamoDB", execution role permissions; the fourth one is ListStreams.
_READS_A_STREAM = ("DescribeStream", "GetRecords", "GetShardIterator")
_NO_VALUE = {"Ref": "AWS::NoValue"}


def circles(template: Template) -> list[str]:
    """Report resources that wait for each other: CloudFormation refuses them, `sam validate` does not."""
    resources = template["Resources"]
    needs = {name: sorted(_named(resource) & resources.keys()) for name, resource in resources.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as exc:
        *circle, _ = reversed(exc.args[1])
        first = circle.index(min(circle))
        return ["a circle: " + " needs ".join(circle[first:] + circle[: first + 1])]
    return []


def dangling_references(template: Template) -> list[str]:
    """Report references to what is not in the template."""
    there = template["Resources"].keys() | template.get("Parameters", {}).keys()
    return [
        f"{section}.{name} refers to {missing}, which is not there"
        for section in ("Resources", "Outputs")
        for name, body in template.get(section, {}).items()
        for missing in sorted(_named(body) - there)
    ]


def undescribed(template: Template) -> list[str]:
    """Report parameters and outputs that leave the deployer alone, and parameters that accept anything."""
    faults = [
        f"{name} has no description"
        for section in ("Parameters", "Outputs")
        for name, body in template[section].items()
        if not body.get("Description")
    ]
    for name, parameter in template["Parameters"].items():
        if not {"AllowedPattern", "AllowedValues", "MinValue"} & parameter.keys():
            faults.append(f"{name} accepts anything")
        if "ConstraintDescription" not in parameter:
            faults.append(f"{name} does not say what it accepts")
    return faults


def functions_without_kept_logs(template: Template) -> list[str]:
    """Report functions without a log group of their own that forgets."""
    faults, seen = [], set()
    for name, function in _of_type(template, "AWS::Lambda::Function"):
        group_name = function["Properties"].get("LoggingConfig", {}).get("LogGroup", {}).get("Ref")
        group = template["Resources"].get(group_name, {})
        if group.get("Type") != "AWS::Logs::LogGroup" or group_name in seen:
            faults.append(f"{name} has no log group of its own")
        elif group.get("Condition") != function.get("Condition"):
            faults.append(f"{name} comes and goes without its log group")
        seen.add(group_name)
    faults += [
        f"{name} keeps its logs for ever"
        for name, group in _of_type(template, "AWS::Logs::LogGroup")
        if "RetentionInDays" not in group["Properties"]
    ]
    return faults


def silent_alarms(template: Template) -> list[str]:
    """Report alarms that reach nobody or do not say what to do."""
    topics = {name for name, _ in _of_type(template, "AWS::SNS::Topic")}
    faults = []
    for name, alarm in _of_type(template, "AWS::CloudWatch::Alarm"):
        properties = alarm["Properties"]
        has_all_clear = "no all-clear" not in str(properties.get("AlarmDescription"))
        faults += [
            f"{name} tells nobody ({actions})"
            for actions in ("AlarmActions", *(["OKActions"] if has_all_clear else []))
            if not any(action.get("Ref") in topics for action in properties.get(actions, []))
        ]
        if not properties.get("AlarmDescription"):
            faults.append(f"{name} does not say what to do")
        if "TreatMissingData" not in properties:
            faults.append(f"{name} does not say what silence means")
    return faults


def unwatched_schedules(template: Template) -> list[str]:
    """Report scheduled functions whose failures would be lost, or repeated behind the schedule's back."""
    faults = []
    configs = {
        config["Properties"]["FunctionName"]["Ref"]: config["Properties"]
        for _, config in _of_type(template, "AWS::Lambda::EventInvokeConfig")
    }
    for name, schedule in _of_type(template, "AWS::Scheduler::Schedule"):
        target = schedule["Properties"]["Target"]
        if "DeadLetterConfig" not in target:
            faults.append(f"{name} loses runs that cannot be delivered")
        config = configs.get(target["Arn"]["Fn::GetAtt"][0], {})
        if "OnFailure" not in config.get("DestinationConfig", {}):
            faults.append(f"{name} loses runs that fail")
        if config.get("MaximumRetryAttempts") != 0:
            faults.append(f"{name} lets Lambda repeat runs")
    return faults


def fixed_names(template: Template) -> list[str]:
    """Report names that do not hold the stack's: a second stack in the account could not be deployed."""
    name_properties = (
        "Name",
        "LayerName",
        "LogGroupName",
        "QueueName",
        "StateMachineName",
        "TableName",
        "TopicName",
    )
    return [
        f"{name} is called the same in every stack ({field})"
        for name, resource in template["Resources"].items()
        for field in name_properties
        if (value := resource.get("Properties", {}).get(field)) and "AWS::StackName" not in str(value)
    ]


def permissions(template: Template) -> dict[str, set[tuple[str, str]]]:
    """List what each role allows, as (action, resource); its conditions have been decided.

    References are written `${Name}`; `table#kind` is the part of a table under one partition key,
    `key via service` a KMS key for what that service does with it.
    """
    return {
        name: {
            (action, _text(resource) + scope)
            for policy in role["Properties"].get("Policies", [])
            for statement in _list(policy["PolicyDocument"]["Statement"])
            if statement["Effect"] == "Allow"
            for action in _list(statement["Action"])
            for resource in _list(statement["Resource"])
            for scope in _scopes(statement)
        }
        for name, role in _of_type(template, "AWS::IAM::Role")
    }


def needed_by_lambda(template: Template) -> dict[str, set[tuple[str, str]]]:
    """List by role what Lambda does in a function's name: it reads streams, and reports what failed."""
    functions = dict(_of_type(template, "AWS::Lambda::Function"))
    needed: dict[str, set[tuple[str, str]]] = {}
    for kind in ("AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping"):
        for _, resource in _of_type(template, kind):
            config = resource["Properties"]
            role = functions[config["FunctionName"]["Ref"]]["Properties"]["Role"]["Fn::GetAtt"][0]
            pairs = needed.setdefault(role, set())
            pairs.add(("sqs:SendMessage", _text(config["DestinationConfig"]["OnFailure"]["Destination"])))
            if "EventSourceArn" in config:
                stream = _text(config["EventSourceArn"])
                pairs |= {(f"dynamodb:{action}", stream) for action in _READS_A_STREAM}
                pairs.add(("dynamodb:ListStreams", "*"))
    return needed


def with_conditions_met(template: Template, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return what CloudFormation makes of a template for these parameters: the rest is left out."""
    values = {name: body.get("Default") for name, body in template["Parameters"].items()} | dict(parameters)
    rules = template["Conditions"]
    conditions = {name: _holds(rule, values, rules) for name, rule in rules.items()}
    kept = dict(template)
    for section in ("Resources", "Outputs"):
        kept[section] = {
            name: _resolved(body, conditions)
            for name, body in template[section].items()
            if "Condition" not in body or conditions[body["Condition"]]
        }
    return kept


def _holds(rule: Any, values: Mapping[str, Any], rules: Mapping[str, Any]) -> bool:
    ((operator, operands),) = rule.items()
    if operator == "Condition":
        return _holds(rules[operands], values, rules)
    if operator == "Fn::And":
        return all(_holds(operand, values, rules) for operand in operands)
    if operator == "Fn::Not":
        return not _holds(operands[0], values, rules)
    if operator != "Fn::Equals":
        raise ValueError(f"a condition that this check does not know: {operator}")
    left, right = (
        values[operand["Ref"]] if isinstance(operand, Mapping) else operand for operand in operands
    )
    return bool(left == right)


def _resolved(node: Any, conditions: Mapping[str, bool]) -> Any:
    """Replace each Fn::If by the branch that holds; a branch without value takes its key away."""
    if isinstance(node, Mapping):
        if node.keys() == {"Fn::If"}:
            condition, yes, no = node["Fn::If"]
            return _resolved(yes if conditions[condition] else no, conditions)
        resolved = {key: _resolved(value, conditions) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value != _NO_VALUE}
    if isinstance(node, list):
        return [value for value in (_resolved(item, conditions) for item in node) if value != _NO_VALUE]
    return node


def _named(node: Any) -> set[str]:
    """Find the parameters and resources that something refers to; AWS's own names are left out."""
    return {name for name in _references(node) if not name.startswith("AWS::")}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if key == "Ref":
            yield value
        elif key == "Fn::GetAtt":
            yield value.split(".")[0] if isinstance(value, str) else value[0]
        elif key == "DependsOn":
            yield from _list(value)
        elif key == "Fn::Sub":
            text, own = (value, {}) if isinstance(value, str) else value
            yield from (name for name in re.findall(r"\$\{([^!.}][^.}]*)", text) if name not in own)
            yield from _references(own)
        else:
            yield from _references(value)


def _of_type(template: Template, kind: str) -> list[tuple[str, Any]]:
    return [(name, body) for name, body in template["Resources"].items() if body["Type"] == kind]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """Write a resource of a policy as one text."""
    if isinstance(value, str):
        return value
    if "Fn::GetAtt" in value:
        return "${" + ".".join(value["Fn::GetAtt"]) + "}"
    if "Ref" in value:
        return "${" + str(value["Ref"]) + "}"
    return str(value["Fn::Sub"])


def _scopes(statement: Mapping[str, Any]) -> list[str]:
    """Say to which parts of its resource a statement's condition restricts it."""
    match statement.get("Condition"):
        case None:
            return [""]
        case {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": keys, **others}, **more} if not (
            others or more
        ):
            return [f"#{key}" for key in _list(keys)]
        case {"StringEquals": {"kms:ViaService": services, **others}, **more} if not (others or more):
            return [f" via {_text(service)}" for service in _list(services)]
        case condition:
            raise ValueError(f"a condition that this check does not know: {condition}")
