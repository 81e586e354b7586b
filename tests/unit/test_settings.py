"""The deployment's settings: a wrong one is named at the start, before anything is done."""

import pytest

from zonos_orders.settings import Settings, WrongSetting
from zonos_orders.shop import Shop
from zonos_orders.status import ShippingPolicy

REQUIRED = {
    "ZONOS_STORE_ID": "999",
    "ZONOS_SECRET_NAME": "zonos/secret",
    "ZONOS_API_URL": "https://api.iglobalstores.com",
    "ORDERS_TABLE": "orders",
    "RECONCILIATION_TABLE": "reconciliation",
    "REVIEW_LOOP_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:zonos-orders-review",
    "SHIP_FROM_DATE": "20260101",
}
DEFAULTS = {
    "TEST_ORDERS": "hold",
    "SENSITIVE_FIELDS": "keep",
    "PERSONAL_DATA_RETENTION_DAYS": "0",
    "THANK_YOU_URL": "",
    "ALLOWED_ORIGIN": "",
    "SHOP_NAME": "",
    "SHOP_LOGO_URL": "",
    "SHOP_COLOR": "#2f5bd7",
    "SHOP_SUPPORT": "",
    "SHOP_URL": "",
    "RECHECK_BASE_SECONDS": "300",
    "INITIAL_LOOKBACK_DAYS": "30",
    "IMPORT_CONCURRENCY": "16",
    "MERCHANT_ORDER_IDS": "unused",
    "REFRESH_DAYS": "14",
    "REFRESH_CALLS_PER_RUN": "20",
}
MAY_BE_EMPTY = {"THANK_YOU_URL", "ALLOWED_ORIGIN", "SHOP_NAME", "SHOP_LOGO_URL", "SHOP_SUPPORT", "SHOP_URL"}
UNSAFE_ADDRESSES = [
    "http://api.iglobalstores.com",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://[::2]",
    "ftp://api.iglobalstores.com",
    "api.iglobalstores.com",
    "//api.iglobalstores.com",
    "https://",
    "https:///path",
    "https:api.iglobalstores.com",
    "https://user:password@api.iglobalstores.com",
    "http://localhost@api.iglobalstores.com",
    "https://[::1",
    "https://api.iglobalstores.com ",
    " https://api.iglobalstores.com",
    "https://api.iglobalstores.com\n",
    "https://api.iglobal\tstores.com",
]


def test_the_required_settings_are_enough() -> None:
    assert Settings.from_env(REQUIRED) == Settings(
        store_id="999",
        secret_name="zonos/secret",
        api_url="https://api.iglobalstores.com",
        orders_table="orders",
        reconciliation_table="reconciliation",
        review_loop_arn="arn:aws:states:us-east-1:123456789012:stateMachine:zonos-orders-review",
        policy=ShippingPolicy(ship_from_ms=1_767_225_600_000, allow_test_orders=False),
        thank_you_url="",
        recheck_base_seconds=300,
        initial_lookback_days=30,
        import_concurrency=16,
        drop_sensitive=False,
        uses_merchant_order_ids=False,
        refresh_days=14,
        refresh_calls_per_run=20,
    )


def test_the_other_settings_have_defaults() -> None:
    assert Settings.from_env(REQUIRED | DEFAULTS) == Settings.from_env(REQUIRED)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_setting_is_named(name: str) -> None:
    env = {key: value for key, value in REQUIRED.items() if key != name}

    with pytest.raises(WrongSetting, match=rf"the environment variable {name} is missing: \S"):
        Settings.from_env(env)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, "") for name in [*REQUIRED, *DEFAULTS] if name not in MAY_BE_EMPTY],
        *[(name, " ") for name in [*REQUIRED, *DEFAULTS] if name != "SHOP_NAME"],
        *[("ZONOS_API_URL", address) for address in ["", *UNSAFE_ADDRESSES]],
        ("ZONOS_API_URL", "https://api.iglobalstores.com?store=999"),
        ("ZONOS_API_URL", "https://api.iglobalstores.com#v2"),
        *[
            (name, address)
            for name in ("THANK_YOU_URL", "ALLOWED_ORIGIN", "SHOP_LOGO_URL", "SHOP_SUPPORT", "SHOP_URL")
            for address in UNSAFE_ADDRESSES
        ],
        ("ALLOWED_ORIGIN", "https://shop.example/"),
        ("ALLOWED_ORIGIN", "https://shop.example?a"),
        ("ALLOWED_ORIGIN", "*"),
        ("ALLOWED_ORIGIN", "https://Shop.example"),
        ("ALLOWED_ORIGIN", "https://shop.example:443"),
        ("SHOP_NAME", "a\nb"),
        ("SHOP_NAME", "x" * 101),
        ("SHOP_COLOR", "2f5bd7"),
        ("SHOP_COLOR", "#2f5bd"),
        ("SHOP_COLOR", "red"),
        ("SHOP_COLOR", "#2f5bd7;}"),
        ("SHOP_SUPPORT", "help"),
        ("SHOP_SUPPORT", "help@shop.example?subject=x"),
        ("SHOP_SUPPORT", "help@shop.example/x"),
        ("SHOP_SUPPORT", "help@shop.example\nx"),
        ("ZONOS_STORE_ID", "shop"),
        ("ZONOS_STORE_ID", "999\n"),
        ("ZONOS_STORE_ID", "-999"),
        ("ZONOS_STORE_ID", "999-1"),
        ("ZONOS_STORE_ID", "0"),
        ("ZONOS_STORE_ID", "0999"),
        ("ZONOS_STORE_ID", "٩٩٩"),
        ("ZONOS_STORE_ID", "1" * 20),
        ("ZONOS_SECRET_NAME", "zonos secret"),
        ("ZONOS_SECRET_NAME", "zonos\n"),
        ("ORDERS_TABLE", "my orders"),
        ("RECONCILIATION_TABLE", "orders\n"),
        ("REVIEW_LOOP_ARN", "zonos-orders-review"),
        ("REVIEW_LOOP_ARN", "arn:"),
        ("SHIP_FROM_DATE", "ALL"),
        ("SHIP_FROM_DATE", "2026-01-01"),
        ("SHIP_FROM_DATE", "20260230"),
        ("SHIP_FROM_DATE", "20260101\n"),
        ("TEST_ORDERS", "allowed"),
        ("TEST_ORDERS", "Allow"),
        ("TEST_ORDERS", "true"),
        ("TEST_ORDERS", "hold\n"),
        ("SENSITIVE_FIELDS", "dropped"),
        ("SENSITIVE_FIELDS", "Drop"),
        ("SENSITIVE_FIELDS", "drop\n"),
        ("PERSONAL_DATA_RETENTION_DAYS", "-1"),
        ("PERSONAL_DATA_RETENTION_DAYS", "3651"),
        ("PERSONAL_DATA_RETENTION_DAYS", "never"),
        ("RECHECK_BASE_SECONDS", "0"),
        ("RECHECK_BASE_SECONDS", "86401"),
        ("RECHECK_BASE_SECONDS", "300.0"),
        ("RECHECK_BASE_SECONDS", "-300"),
        ("RECHECK_BASE_SECONDS", "+300"),
        ("RECHECK_BASE_SECONDS", "3_00"),
        ("RECHECK_BASE_SECONDS", "٣٠٠"),
        pytest.param("RECHECK_BASE_SECONDS", "9" * 5000, id="RECHECK_BASE_SECONDS-5000 digits"),
        ("INITIAL_LOOKBACK_DAYS", "0"),
        ("INITIAL_LOOKBACK_DAYS", "366"),
        ("IMPORT_CONCURRENCY", "0"),
        ("IMPORT_CONCURRENCY", "65"),
        ("IMPORT_CONCURRENCY", "many"),
        ("MERCHANT_ORDER_IDS", "Used"),
        ("MERCHANT_ORDER_IDS", "true"),
        ("MERCHANT_ORDER_IDS", "used\n"),
        ("REFRESH_DAYS", "0"),
        ("REFRESH_DAYS", "91"),
        ("REFRESH_CALLS_PER_RUN", "-1"),
        ("REFRESH_CALLS_PER_RUN", "501"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_expected_of_it(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=rf"the environment variable {name} is wrong: \S") as wrong:
        Settings.from_env(REQUIRED | {name: value})

    assert "password" not in str(wrong.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://api.iglobalstores.com",
        "https://zonos.example:8443/api/",
        "http://localhost:8080",
        "http://127.0.0.1:49152",
        "http://[::1]:8080",
        "HTTPS://api.iglobalstores.com",
    ],
)
def test_an_address_is_https_or_stays_on_this_machine(address: str) -> None:
    settings = Settings.from_env(REQUIRED | {"ZONOS_API_URL": address, "THANK_YOU_URL": address})

    assert settings.api_url == settings.thank_you_url == address


@pytest.mark.parametrize(
    ("ship_from", "ms"), [("all", None), ("19700101", 0), ("20260101", 1_767_225_600_000)]
)
def test_orders_ship_from_the_first_millisecond_of_a_utc_day_or_all(ship_from: str, ms: int | None) -> None:
    assert Settings.from_env(REQUIRED | {"SHIP_FROM_DATE": ship_from}).policy.ship_from_ms == ms


def test_a_staging_stack_can_allow_test_orders() -> None:
    assert Settings.from_env(REQUIRED | {"TEST_ORDERS": "allow"}).policy.allow_test_orders is True


def test_a_merchant_can_have_personal_data_erased_after_so_many_days() -> None:
    assert Settings.from_env(REQUIRED).personal_data_retention_days == 0
    given = Settings.from_env(REQUIRED | {"PERSONAL_DATA_RETENTION_DAYS": "365"})
    assert given.personal_data_retention_days == 365


def test_a_merchant_can_have_the_sensitive_fields_dropped() -> None:
    assert Settings.from_env(REQUIRED | {"SENSITIVE_FIELDS": "drop"}).drop_sensitive is True


def test_a_merchant_who_gives_every_order_a_number_can_say_so() -> None:
    assert Settings.from_env(REQUIRED | {"MERCHANT_ORDER_IDS": "used"}).uses_merchant_order_ids is True


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("RECHECK_BASE_SECONDS", (1, 3600)),
        ("INITIAL_LOOKBACK_DAYS", (1, 365)),
        ("IMPORT_CONCURRENCY", (1, 64)),
        ("REFRESH_DAYS", (1, 90)),
        ("REFRESH_CALLS_PER_RUN", (0, 500)),
    ],
)
def test_a_number_may_be_as_small_and_as_large_as_its_limits(name: str, values: tuple[int, int]) -> None:
    for value in values:
        settings = Settings.from_env(REQUIRED | {name: str(value)})

        assert getattr(settings, name.lower()) == value


def test_variables_of_others_are_not_read() -> None:
    assert Settings.from_env(REQUIRED | {"AWS_REGION": "", "TEST": "x"}) == Settings.from_env(REQUIRED)


def test_the_bus_is_named_on_one_function_alone() -> None:
    assert Settings.from_env(REQUIRED).orders_bus == ""
    assert (
        Settings.from_env(REQUIRED | {"ORDERS_BUS": "zonos-orders-orders"}).orders_bus
        == "zonos-orders-orders"
    )
    with pytest.raises(WrongSetting, match="ORDERS_BUS is wrong"):
        Settings.from_env(REQUIRED | {"ORDERS_BUS": "two words"})


def test_the_shops_look_is_read() -> None:
    env = REQUIRED | {
        "ALLOWED_ORIGIN": "https://shop.example",
        "SHOP_NAME": "Alpine Merino & Söhne",
        "SHOP_LOGO_URL": "https://shop.example/logo.svg",
        "SHOP_COLOR": "#B3402a",
        "SHOP_SUPPORT": "help@shop.example",
        "SHOP_URL": "https://shop.example/",
    }
    settings = Settings.from_env(env)

    assert settings.allowed_origin == "https://shop.example"
    assert settings.shop == Shop(
        "Alpine Merino & Söhne",
        "https://shop.example/logo.svg",
        "#B3402a",
        "help@shop.example",
        "https://shop.example/",
    )
    for mail in ("R&D@shop.example", "a/b@shop.example", "what?@shop.example"):
        assert Settings.from_env(REQUIRED | {"SHOP_SUPPORT": mail}).shop.support == mail
    help_page = REQUIRED | {"SHOP_SUPPORT": "https://shop.example/help"}
    assert Settings.from_env(help_page).shop.support == "https://shop.example/help"
