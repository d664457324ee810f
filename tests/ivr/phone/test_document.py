"""What the portable subset allows, and the provider's error code for everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.phone.document import DocumentError, parse
from ivr.phone.verbs import Dial, Gather, Hangup, Party, PlayVerb, Record, Redirect, Reject, SayVerb

XML = "text/xml; charset=utf-8"


def document(verbs: str) -> bytes:
    return f"<Response>{verbs}</Response>".encode()


def code_of(body: bytes, content_type: str = XML) -> int:
    with pytest.raises(DocumentError) as refused:
        parse(body, content_type)
    return refused.value.code


def test_every_verb_of_the_subset_is_read_with_its_defaults() -> None:
    verbs = "<Say>Chào</Say><Play>/a.wav</Play><Gather/><Record/><Dial>+842583842111</Dial>"
    assert parse(document(verbs + "<Redirect>/b</Redirect><Hangup/>"), XML) == (
        SayVerb("Chào"),
        PlayVerb("/a.wav"),
        Gather(timeout=5, finish_on_key="#", num_digits=None),
        Record(timeout=5, finish_on_key="1234567890*#", max_length=3600, play_beep=True, trim=True),
        Dial((Party("number", "+842583842111"),), action=None, timeout=30, time_limit=14400),
        Redirect("/b"),
        Hangup(),
    )
    assert parse(document("<Reject/>"), XML) == (Reject("rejected"),)


def test_attributes_are_read() -> None:
    gather = (
        '<Gather action="/a" method="GET" timeout="8" finishOnKey="*" numDigits="6"><Say>Mã</Say></Gather>'
    )
    called = '<Number>+84905</Number><Sip>sip:a@b</Sip><Number url="/k">1</Number>'
    dial = f'<Dial callerId="+842583842102">{called}</Dial>'
    assert parse(document(gather + dial), "application/xml") == (
        Gather((SayVerb("Mã"),), "/a", "GET", 8, "*", 6),
        Dial(
            (Party("number", "+84905"), Party("sip", "sip:a@b"), Party("number", "1", "/k")),
            caller_id="+842583842102",
        ),
    )


def test_comments_and_character_data_are_read_as_a_parser_does() -> None:
    body = document("<!-- <Dial>1</Dial> --><Say><![CDATA[<Dial>2</Dial>]]></Say>")
    assert parse(body, XML) == (SayVerb("<Dial>2</Dial>"),)


@pytest.mark.parametrize(
    "verbs",
    [
        "<Pause/>",
        "<Enqueue>a</Enqueue>",
        "<say>a</say>",
        "<Say><Play>/a</Play></Say>",
        '<Say speed="2">a</Say>',
        "<Gather><Record/></Gather>",
        '<Gather input="speech"/>',
        '<Gather finishOnKey="12"/>',
        '<Gather numDigits="0"/>',
        '<Gather timeout="auto"/>',
        '<Record transcribe="true"/>',
        '<Record finishOnKey="a"/>',
        '<Record recordingStatusCallbackEvent="done"/>',
        "<Dial/>",
        "<Dial><Conference>a</Conference></Dial>",
        '<Dial timeout="4">1</Dial>',
        "<Say>a</Say><Reject/>",
        "<Reject><Say>a</Say></Reject>",
        '<Reject reason="rude"/>',
        "<Hangup>a</Hangup>",
        "<Play/>",
        "stray text",
        f"<Say>{'a' * 4097}</Say>",
    ],
)
def test_anything_outside_the_subset_is_a_schema_error(verbs: str) -> None:
    assert code_of(document(verbs)) == 12200


def test_the_longest_say_is_accepted() -> None:
    assert parse(document(f"<Say>{'ă' * 4096}</Say>"), XML) == (SayVerb("ă" * 4096),)


@pytest.mark.parametrize(
    "body", [b"", b"no xml", b"<Response>", b"<Response/><Response/>", b"<Response>\x00</Response>"]
)
def test_what_is_not_well_formed_cannot_be_parsed(body: bytes) -> None:
    assert code_of(body) == 12100


@pytest.mark.row("T-05")
def test_a_document_type_is_refused_so_that_no_entity_can_be_declared() -> None:
    assert code_of(b'<!DOCTYPE r [<!ENTITY a "boom">]><Response><Say>&a;</Say></Response>') == 12100


def test_another_root_is_a_schema_error() -> None:
    assert code_of(b"<response/>") == 12200


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "audio/x-wav"])
def test_another_content_type_is_refused(content_type: str) -> None:
    assert code_of(document("<Hangup/>"), content_type) == 12300


def test_a_body_over_64_kb_is_too_large_and_one_of_64_kb_is_not() -> None:
    frame = len(document("<!---->"))
    fits = document(f"<!--{'a' * (64 * 1024 - frame)}-->")
    assert len(fits) == 64 * 1024
    assert parse(fits, XML) == ()
    assert code_of(fits + b" ") == 11750


@pytest.mark.row("T-05")
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: document(text)))
def test_no_body_is_answered_with_anything_but_verbs_or_a_document_error(body: bytes) -> None:
    codes = set()
    try:
        parse(body, XML)
    except DocumentError as refused:
        codes.add(refused.code)
    assert codes <= {12100, 12200}
