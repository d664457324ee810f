"""Short spoken answers about procedures."""

from dataclasses import replace

import pytest

from callflows.atlas import example_office
from callflows.office import Procedure
from callflows.vocabulary import Each, Plain
from tests.callflows.reader import Reader, standing

BIRTH = Procedure("khai sinh", "giấy chứng sinh", "không thu", "trong ngày", "Một cửa")
OFFICE = replace(example_office(), procedures=(BIRTH,))


def test_the_list_reads_every_procedure_with_its_key() -> None:
    options = Reader().press("1").words("guidance_choose")["options"]
    assert isinstance(options, Each)
    assert [dict(row)["number"] for row in options.rows] == [1, 2]


@pytest.mark.row("000-01")
def test_the_answer_tells_papers_fee_time_limit_and_place_in_the_offices_own_words() -> None:
    reader = Reader(OFFICE).press("1", "1")
    assert reader.said == ["guidance_answer", "guidance_after"]
    assert reader.words("guidance_answer") == {
        "procedure": Plain("khai sinh"),
        "papers": Plain("giấy chứng sinh"),
        "fee": Plain("không thu"),
        "time_limit": Plain("trong ngày"),
        "where": Plain("Một cửa"),
    }


def test_nine_reads_the_same_answer_again_as_often_as_wanted() -> None:
    reader = Reader(OFFICE).press("1", "1")
    first = reader.turn.says
    for _ in range(5):
        assert reader.press("9").turn.says == first


def test_one_goes_back_to_the_list_and_silence_to_the_end() -> None:
    assert Reader(OFFICE).press("1", "1", "1").said == ["guidance_choose"]
    assert Reader(OFFICE).press("1", "1").be_silent().at == "farewell"


def test_a_key_beyond_the_list_is_asked_again() -> None:
    assert Reader(OFFICE).press("1", "2").said == ["invalid_key", "guidance_choose"]


def test_an_office_without_a_list_sends_the_caller_to_the_clerk() -> None:
    reader = Reader(replace(OFFICE, procedures=())).press("1")
    assert reader.said == ["guidance_none", "connect_clerk"]
    assert reader.at == "transfer.ringing"


def test_a_list_shortened_during_the_call_is_read_again() -> None:
    reader = standing("guidance.told", OFFICE, procedure="2")
    assert reader.press("9").said == ["guidance_choose"]
