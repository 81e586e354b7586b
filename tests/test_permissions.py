"""The roles allow what the functions ask of AWS in all tests, and nothing that no function needs."""

from tests import granted_calls
from tests.aws_calls import AwsCalls


def test_the_functions_never_ask_for_what_their_roles_do_not_allow(aws_calls_of_all_tests: AwsCalls) -> None:
    calls = aws_calls_of_all_tests
    calls.read_the_sandbox()
    assert granted_calls.refused(calls.made, calls.grants) == []


def test_the_roles_allow_nothing_that_no_function_needs(aws_calls_of_all_tests: AwsCalls) -> None:
    calls = aws_calls_of_all_tests
    needed = calls.made | {(role, pair) for role, pairs in calls.needed_by_lambda.items() for pair in pairs}
    assert granted_calls.unused(needed, calls.grants) == []
