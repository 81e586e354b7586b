"""Every call to AWS that the functions make in any test, held against what the template allows their roles.

In this process a call belongs to the use case that makes it, and so to the function that runs the use
case; in the sandbox to the function whose process makes it. A call that the role does not allow fails the
test in which it was made; what is allowed and was never needed is test_permissions.py's to report.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar, copy_context
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from botocore.handlers import BUILTIN_HANDLERS

from tests import granted_calls, template_checks
from tests.granted_calls import Call
from tests.sandbox.sam_template import ROOT, load_template, transform
from zonos_orders import threads
from zonos_orders.aws import CLIENT_CONFIG
from zonos_orders.settings import Settings
from zonos_orders.wiring import Application

_USE_CASES: Final = {
    "confirm_order": "SuccessRedirectFunctionRole",
    "reconcile": "ReconcileOrdersFunctionRole",
    "recheck": "RecheckOrderFunctionRole",
    "backfill": "BackfillOrdersFunctionRole",
    "order_desk": "OrderDeskFunctionRole",
    "desk_status": "OrderDeskFunctionRole",
    "retry_failures": "OrderDeskFunctionRole",
    "publish_changes": "PublishChangesFunctionRole",
    "order_supervisor": "OrderSupervisorFunctionRole",
}
_caller: ContextVar[tuple[str, Settings] | None] = ContextVar("caller", default=None)


class AwsCalls:
    """What was asked of AWS so far, by role."""

    def __init__(self) -> None:
        template = template_checks.with_conditions_met(transform(load_template()), {})
        allowed = template_checks.permissions(template)
        self.needed_by_lambda = template_checks.needed_by_lambda(template)
        self.grants = {role: allowed[role] for role in _USE_CASES.values()}
        self.made: set[Call] = set()
        self._folder = TemporaryDirectory()
        self.file = Path(self._folder.name, "calls.jsonl")  # the sandbox's processes write to it
        self.file.touch()
        self._from_the_sandbox = self.file.open(encoding="utf-8")

    def note(
        self, role: str, settings: Settings, service: str, operation: str, params: Mapping[str, Any]
    ) -> None:
        # One update under the interpreter's lock: calls come from many threads.
        self.made.update({(role, pair) for pair in granted_calls.asked(settings, service, operation, params)})

    def read_the_sandbox(self) -> None:
        """Take over what the processes of the sandbox have written since the last time."""
        for line in self._from_the_sandbox.readlines():
            call = json.loads(line)
            if "ZONOS_STORE_ID" not in call["environment"]:
                continue  # a function of another template
            role = next(role for role in self.grants if role.removesuffix("Role") in call["function"])
            settings = Settings.from_env(call["environment"])
            self.note(role, settings, call["service"], call["operation"], call["params"])

    def close(self) -> None:
        self._from_the_sandbox.close()
        self._folder.cleanup()


class _UseCase:
    """A use case whose calls to AWS are noted as its function's."""

    def __init__(self, use_case: Callable[..., Any], caller: tuple[str, Settings]) -> None:
        self._use_case = use_case
        self._caller = caller

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._noted(self._use_case, *arguments, **named)

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._use_case, name)
        return partial(self._noted, member) if callable(member) else member

    def _noted(self, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        token = _caller.set(self._caller)
        try:
            return method(*arguments, **named)
        finally:
            _caller.reset(token)


def _watch_the_use_cases() -> None:
    for name, role in _USE_CASES.items():
        _watch(vars(Application)[name], role)


def _watch(use_case: Any, role: str) -> None:
    make = use_case.func
    use_case.func = lambda application: _UseCase(make(application), (role, application.settings))


def _watch_their_threads() -> None:
    """Let a thread that a use case starts, or hands work, know whose it is."""
    start, hand_out = threading.Thread.start, threads._hand_out

    def start_as_its_callers(thread: threading.Thread) -> None:
        if _caller.get() is not None:
            run, context = thread.run, copy_context()
            vars(thread)["run"] = lambda: context.run(run)
        start(thread)

    def hand_out_as_its_callers(work: Callable[[], None]) -> None:
        hand_out(partial(copy_context().run, work))

    threads._hand_out = hand_out_as_its_callers
    threading.Thread.start = start_as_its_callers  # type: ignore[assignment,method-assign]  # for the whole run


def _watch_their_clients(calls: AwsCalls) -> None:
    def note(params: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
        # The tests' own clients, called in the middle of a use case, have botocore's time-outs.
        is_the_packages = _read_timeout(context["client_config"]) == _read_timeout(CLIENT_CONFIG)
        if is_the_packages and (caller := _caller.get()):
            calls.note(*caller, model.service_model.signing_name, model.name, params)

    BUILTIN_HANDLERS.append(("before-parameter-build", note))


def _read_timeout(config: Any) -> object:
    return config.read_timeout


_CALLS: Final = pytest.StashKey[AwsCalls]()
_IS_WHOLE: Final = pytest.StashKey[bool]()
_LAST: Final = ROOT / "tests/test_permissions.py"


def pytest_configure(config: pytest.Config) -> None:
    calls = config.stash[_CALLS] = AwsCalls()
    config.stash[_IS_WHOLE] = True
    _watch_the_use_cases()
    _watch_their_threads()
    _watch_their_clients(calls)
    os.environ["SANDBOX_AWS_CALLS"] = str(calls.file)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_CALLS].close()


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        item.config.stash[_IS_WHOLE] = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ask last what was never needed, and only when every test is there that could have needed it."""
    items.sort(key=lambda item: item.path == _LAST)
    missing = set(ROOT.glob("tests/integration/**/test_*.py")) - {item.path for item in items}
    config.stash[_IS_WHOLE] = config.stash[_IS_WHOLE] and not missing


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail the test in which a function asks for what its role does not allow."""
    calls = item.config.stash[_CALLS]
    before = set(calls.made)
    yield
    calls.read_the_sandbox()
    if refused := granted_calls.refused(calls.made - before, calls.grants):
        pytest.fail("\n".join(refused), pytrace=False)


@pytest.fixture
def aws_calls(pytestconfig: pytest.Config) -> AwsCalls:
    """What the functions have asked of AWS since the run began."""
    return pytestconfig.stash[_CALLS]


@pytest.fixture
def aws_calls_of_all_tests(pytestconfig: pytest.Config, aws_calls: AwsCalls) -> AwsCalls:
    """The same, for a test that means something only after all the others."""
    if not pytestconfig.stash[_IS_WHOLE]:
        pytest.skip("only the whole suite shows which permissions nobody needs")
    return aws_calls
