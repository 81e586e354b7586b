"""The buyer's language: which one is chosen, and that every language says everything."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonos_orders import page_language
from zonos_orders.page_language import LANGUAGES, RIGHT_TO_LEFT, language_for, texts

FOLDER = Path(page_language.__file__).parent / "page_texts"
# What the page never says, in any language: a hold is between the shop and Zonos.
UNSAID = re.compile(
    "fraud|betrug|betrüg|fraude|frode|oplichting|詐欺|不正|欺诈|诈骗|사기|احتيال|review|审查|審査|검토|überprüf|vérif|verific|controle",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr-CA", "fr"),
        ("de;q=0.7,it;q=0.8", "it"),
        ("da, nl;q=0.8, en;q=0.7", "nl"),
        ("es;q=0, en", "en"),
        ("de;q=0.000", "en"),
        ("pt-BR,pt;q=0.9", "pt"),
        ("zh-CN", "zh-Hans"),
        ("zh-Hans-SG", "zh-Hans"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("JA", "ja"),
        (" ko ; q=1.0 ", "ko"),
        ("ar-EG", "ar"),
        ("*", "en"),
        ("*;q=0.1, fr;q=0.2", "fr"),
        ("da", "en"),
        ("deutsch", "en"),
        ("de;q=2, fr;q=x, it;level=1, es", "es"),
        ("de_DE", "en"),
        ("\u0664r, fr", "fr"),
        (",,;;,q=1,fr", "fr"),
        ("x" * 5000, "en"),
        ("en;q=0.1," * 900 + "fr", "en"),
    ],
)
def test_the_language_that_weighs_most_and_is_there_is_chosen(header: str, language: str) -> None:
    assert language_for(header) == language


@given(st.text() | st.text("enfrdezhq=;,-*01. "))
def test_no_header_makes_the_choice_fail(header: str) -> None:
    assert language_for(header) in LANGUAGES


def test_there_is_one_file_for_each_language() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(LANGUAGES)
    assert set(LANGUAGES) >= RIGHT_TO_LEFT


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_and_only_in_plain_text(language: str) -> None:
    assert texts(language).keys() == texts("en").keys()
    for key, text in texts(language).items():
        assert text.strip() == text != ""
        assert not re.search("[<>&\\n]", text)
        assert re.findall("{.*?}", text) == re.findall("{.*?}", texts("en")[key])


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_text_is_left_untranslated(language: str) -> None:
    same = [key for key, text in texts(language).items() if text == texts("en")[key]]
    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_tells_what_is_between_the_shop_and_zonos(language: str) -> None:
    assert UNSAID.findall(json.dumps(texts(language), ensure_ascii=False)) == []


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))
def test_the_number_reads_from_left_to_right_in_a_sentence_that_does_not(language: str) -> None:
    for text in texts(language).values():
        assert text.count("{order_id}") == text.count("\u2066{order_id}\u2069")
