"""No policy says `*` or `?` without a reason beside it."""

from collections.abc import Iterator

import pytest
import yaml

from tests import template_checks as checks
from tests.sandbox.sam_template import ROOT
from tests.unit.template.deployed import WITH_PAGE

WRITTEN = (ROOT / "template.yaml").read_text(encoding="utf-8")
SECRET = (
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${ZonosSecretName}-??????"
)
EXECUTIONS = (
    "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}-backfill"
)
BACKFILL = {f"{EXECUTIONS}:*", f"{EXECUTIONS}/Slices:*", "${BackfillBucket.Arn}/backfills/*"}
REFUSED = {"s3:*", "${BackfillBucket.Arn}/*"}  # by the policy of the bucket


def wildcards(template: str) -> set[tuple[str, bool]]:
    """Return the wildcards that policies name, each with whether a comment is right above its statement."""
    lines = template.splitlines()
    root = yaml.compose(template, Loader=yaml.SafeLoader)
    assert root is not None
    return {
        (text, lines[statement.start_mark.line - 1].lstrip().startswith("# "))
        for statement in _statements(root)
        for key, value in statement.value
        if key.value in {"Action", "Resource"}
        for text in _texts(value)
        if is_wildcard(text)
    }


def is_wildcard(text: str) -> bool:
    return bool(set(text) & set("*?"))


def _statements(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    """Find the statements of all policies, as they are written."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _statements(item)
    elif isinstance(node, yaml.MappingNode):
        if "Effect" in {key.value for key, _ in node.value}:
            yield node
        else:
            for _, value in node.value:
                yield from _statements(value)


def _texts(node: yaml.Node) -> list[str]:
    """Return what a scalar says, or each scalar of a list."""
    if isinstance(node, yaml.ScalarNode):
        return [node.value]
    return [text for item in node.value for text in _texts(item)]


def test_no_policy_has_a_wildcard_without_a_reason_above_it() -> None:
    assert wildcards(WRITTEN) == {(text, True) for text in {SECRET, "*"} | BACKFILL | REFUSED}


def test_the_generated_roles_have_no_wildcard_that_is_not_written_down() -> None:
    allowed = {text for pairs in checks.permissions(WITH_PAGE).values() for pair in pairs for text in pair}
    assert {text for text in allowed if is_wildcard(text)} == {SECRET, "*"} | BACKFILL


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("Resource: '*'", {"*"}),
        (
            "Resource: [!GetAtt Table.Arn, !Sub 'arn:${AWS::Partition}:s3:::b/*']",
            {"arn:${AWS::Partition}:s3:::b/*"},
        ),
        ("Action: [s3:Get*, s3:PutObject]", {"s3:Get*"}),
        ("Action: s3:GetObject", set()),
    ],
)
def test_a_wildcard_is_found_and_so_is_its_reason(named: str, found: set[str]) -> None:
    statement = f"- !If\n  - Given\n  - Effect: Allow\n    {named}\n"
    assert wildcards(f"# of another\n{statement}") == {(text, False) for text in found}
    assert wildcards(f"# Because.\n- Effect: Allow\n  {named}\n") == {(text, True) for text in found}
