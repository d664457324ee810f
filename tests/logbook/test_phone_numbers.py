"""Telephone numbers: read without ever failing, kept in E.164, shown as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logbook.phone_numbers import RAW_LIMIT, callable_in_vietnam, dotted, is_renewed, masked, parse


@pytest.mark.row("000-11")
@pytest.mark.parametrize(
    "raw",
    ["02583842102", "0258.3842.102", "+842583842102", "842583842102", "+84 258 384 2102", " 84 2583842102"],
)
def test_the_hotlines_number_is_known_however_it_is_written(raw: str) -> None:
    number = parse(raw)
    assert (number.e164, number.hidden) == ("+842583842102", False)
    assert dotted("+842583842102") == "0258.3842.102"


def test_a_number_of_the_old_area_code_is_not_repaired_into_a_landline() -> None:
    assert parse("0583842102").e164 == "+84583842102"


@pytest.mark.parametrize(
    "raw",
    [
        "anonymous", "Anonymous", "+266696687", "+7378742833", "+86282452253", "client:bob",
        "client:0912345678",
        "sip:alice@example.vn", "sip:anonymous@anonymous.invalid", "sip:0912345678@anonymous.invalid",
        '"Anonymous" <sip:0912345678@pbx>', "sip:101@pbx", "sip:+266696687@gw", "sip:10.0.0.1", "<>",
        "tel:0912345678;ext=5", "sip:1800FLOWERS@gw", "", "  ", "\x00\x01", None, 5, "Restricted", "unknown",
    ],
)  # fmt: skip
def test_a_withheld_caller_has_no_number_but_keeps_the_raw_text(raw: object) -> None:
    number = parse(raw)
    assert (number.e164, number.hidden) == (None, True)
    assert number.raw == (raw.strip().strip("\x00\x01") if isinstance(raw, str) else "")


@pytest.mark.parametrize("raw", ["01182345678", "113", "12", "+84", "999999999999999999"])
def test_a_bad_number_is_kept_as_it_came_and_is_not_called_withheld(raw: str) -> None:
    number = parse(raw)
    assert (number.raw, number.e164, number.hidden) == (raw, None, False)


@pytest.mark.row("B-01")
def test_a_number_is_read_out_of_every_address_a_provider_or_a_pbx_may_send() -> None:
    addresses = """
        sip:0912345678@host
        sip:+84912345678@1.2.3.4:5060;user=phone
        sips:84912345678@gw.example.vn;transport=tls
        SIP:%2B84912345678@host
        sip:0912345678:secret@host
        sip:0912345678;npdi;rn=+8491@host:5060
        sip:0912.345.678@[::1]:5060
        sip:0912345678
        <sip:0912345678@host>
        "Nguyễn Văn A" <sip:0912345678@host>;tag=1
        A <tel:+84-912-345-678>
        tel:+84912345678
        TEL:0912-345-678;phone-context=vnpt.vn
        tel:0912-345-678;phone-context=+84
        tel:912345678;phone-context=+84
        tel:0084912345678
        0912345678@10.0.0.1
        +84912345678@pbx
    """
    read = {raw.strip(): parse(raw) for raw in addresses.strip().splitlines()}
    wrong = {raw: number for raw, number in read.items() if number.e164 != "+84912345678" or number.hidden}
    assert wrong == {}
    assert [number.raw for number in read.values()] == list(read)


@pytest.mark.row("B-03")
def test_a_mobile_prefix_that_ended_in_2018_is_read_as_the_one_it_became() -> None:
    became = """
        0120 070, 0121 079, 0122 077, 0126 076, 0128 078, 0123 083, 0124 084, 0125 085, 0127 081, 0129 082,
        0162 032, 0163 033, 0164 034, 0165 035, 0166 036, 0167 037, 0168 038, 0169 039, 0186 056, 0188 058,
        0199 059"""
    pairs = [pair.split() for pair in became.split(",")]
    assert len(pairs) == 21
    for old, new in pairs:
        for typed in (f"{old}1234567", f"+84{old[1:]}1234567", f"{old}.123.4567"):
            assert (parse(typed).e164, is_renewed(typed)) == (f"+84{new[1:]}1234567", True), typed
    assert parse("01601234567").e164 is None
    assert not any(map(is_renewed, ("0912345678", "84912345678", "0084912345678", "02583842102", "113")))


def test_control_characters_and_endless_text_do_not_get_in() -> None:
    number = parse("09\x0012\n345\u202e678")
    assert (number.raw, number.e164) == ("0912345678", "+84912345678")
    assert len(parse("9" * 10_000).raw) == RAW_LIMIT
    assert parse("\ud800abc").raw == "abc"


@given(st.text(max_size=200))
def test_no_text_whatever_makes_reading_fail(raw: str) -> None:
    number = parse(raw)
    assert len(number.raw) <= RAW_LIMIT
    number.raw.encode("utf-8")
    assert number.raw.isprintable() or any(sign.isspace() for sign in number.raw)
    assert number.e164 is None or number.e164[1:].isdecimal()


@pytest.mark.row("T-13")
@pytest.mark.parametrize(
    "raw",
    ["19001234", "18001091", "113", "114", "115", "069123456", "+12125550100", "+8613800138000", "anonymous",
     "02583842102;ext=5", "0258 3842 102 ext. 5", "0912345678,,1", "+882123456789", "1022"],
)  # fmt: skip
def test_only_vietnamese_landlines_and_mobiles_may_be_dialled(raw: str) -> None:
    assert callable_in_vietnam(raw) is None


def test_landlines_and_mobiles_may_be_dialled() -> None:
    assert callable_in_vietnam("0912 345 678") == "+84912345678"
    assert callable_in_vietnam("024 3825 1234") == "+842438251234"


def test_numbers_are_shown_dotted_and_masked() -> None:
    assert dotted("+84912345678") == "0912.345.678"
    assert dotted("+842438251234") == "024.3825.1234"
    assert dotted("+12125550100") == "+12125550100"
    assert dotted("+8419001234") == "019001234"
    assert masked("+84912345678") == "0912••••••"
    assert masked("+842583842102") == "0258••••••"
    assert masked("12345") == "••••••"
