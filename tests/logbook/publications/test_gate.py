"""The gate against a labelled set of sentences, and against what only this ticket knows."""

from __future__ import annotations

import unicodedata

import pytest

from logbook.publications import gate
from logbook.publications.findings import FindingKind
from logbook.publications.gate import OfficeNames, TicketSecrets
from tests.logbook.publications.labelled import sentences

OFFICE = OfficeNames(("đại lãnh", "khánh hòa"), frozenset({"02583842102", "vanphong@dailanh.gov.vn"}))
AT_LEAST, FALSE_ALARMS_AT_MOST = 0.99, 0.02


def refused(text: str, secrets: TicketSecrets = gate.NO_SECRETS) -> list[tuple[str, str]]:
    return [(one.kind, one.words) for one in gate.inspect(text, OFFICE, secrets)]


def test_at_least_99_of_100_sentences_that_identify_somebody_are_refused() -> None:
    told = list(sentences("identifying"))
    missed = [sentence for _, sentence in told if not refused(sentence)]
    assert len(told) >= 550
    assert len(missed) <= (1 - AT_LEAST) * len(told), missed


def test_few_sentences_that_identify_nobody_are_refused() -> None:
    told = list(sentences("harmless"))
    alarms = [(sentence, refused(sentence)) for _, sentence in told if refused(sentence)]
    assert len(told) >= 550
    assert len(alarms) <= FALSE_ALARMS_AT_MOST * len(told), alarms


def test_the_kind_that_is_said_is_the_kind_of_the_words() -> None:
    told = list(sentences("identifying"))
    other = [(kind, one) for kind, one in told if refused(one) and kind not in dict(refused(one))]
    assert len(other) <= 0.02 * len(told), other


def test_the_same_is_refused_in_capitals_decomposed_with_hidden_signs_and_wide_figures() -> None:
    for _, sentence in sentences("identifying"):
        assert refused(unicodedata.normalize("NFD", sentence)), sentence
    hidden = [
        "Ông\u200b Hùng đã nhận.",
        "Ông\u00a0Hùng đã nhận.",
        "Số ０９１２３４５６７８.",
        "Gọi 0912\u2060345678.",
        "О912345678 gọi đến.",
        "Bà Тrần đã nhận.",
    ]
    assert [text for text in hidden if not refused(text)] == []


def test_the_words_that_are_refused_are_named() -> None:
    assert refused("Mương trước số nhà 12 đã được nạo vét.") == [("house", "số nhà 12")]
    assert refused("Xin gọi 0912 345 678 hoặc gặp bà Lan.") == [("phone", "0912 345 678"), ("name", "bà Lan")]


def test_the_offices_own_number_and_mail_may_stand() -> None:
    assert refused("Gọi 0258.3842.102 hoặc viết về vanphong@dailanh.gov.vn.") == []
    assert refused("Gọi 0258.3842.103 hoặc viết về vanphong@dailanh.com.") != []


@pytest.mark.parametrize(
    "text",
    [
        "Một người tên an ninh chưa tốt, do hộ đường Sáu nêu: nguyễn thị gấm.",
        "Việc do Gấm nêu đã xong.",
        "Người ở nhà sau chợ cá, thôn Đông.",
        "Máy gọi đến có đuôi 345678.",
        "Mã tra cứu 482913 đã đóng.",
        "Tôi đi nộp hồ sơ khai sinh cho cháu mà bị bắt bổ sung giấy ba lần liền.",
    ],
)
def test_what_only_this_ticket_knows_is_refused(text: str) -> None:
    secrets = TicketSecrets(
        "Nguyễn Thị Gấm",
        ("+84912345678",),
        "nhà sau chợ cá, thôn Đông, xã Đại Lãnh",
        "482913",
        "Tôi đi nộp hồ sơ khai sinh cho cháu mà bị bắt bổ sung giấy ba lần liền, mỗi lần một kiểu.",
    )
    assert refused(text, secrets)


def test_the_thon_of_the_caller_is_not_refused() -> None:
    secrets = TicketSecrets("Trần Văn Đông", ("+84912345678",), "thôn Đông, xã Đại Lãnh")
    assert refused("Mương ở thôn Đông, xã Đại Lãnh đã được nạo vét.", secrets) == []


def test_everything_refused_has_its_sentence() -> None:
    assert {one.value for one in FindingKind} == {
        *("name", "phone", "identity", "plate", "house", "birth", "email", "described"),
        *("caller", "copied", "script"),
    }
