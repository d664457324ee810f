"""Fetching: only from the one host, by the sid alone, capped in time and size, every fault by name."""

import base64

import pytest

from logbook.recordings.fetch import FetchError, RecordingFetcher
from tests.provider_server import WAV, Answer, Provider, provider_server
from tests.suite.waiting import PATIENCE

SID = "RE" + "a" * 32


@pytest.fixture
def provider():  # type: ignore[no-untyped-def]
    with provider_server() as running:
        yield running


def fetcher(provider: Provider, max_bytes: int = 100_000, seconds: float = PATIENCE) -> RecordingFetcher:
    return RecordingFetcher(provider.url, "AC1", "token", max_bytes, seconds)


def test_a_recording_is_asked_for_by_account_and_sid_with_its_password(provider: Provider) -> None:
    sound = fetcher(provider).fetch(SID)
    assert (sound.content, sound.media_type) == (WAV, "audio/wav")
    password = "Basic " + base64.b64encode(b"AC1:token").decode()
    assert provider.asked == [("GET", f"/2010-04-01/Accounts/AC1/Recordings/{SID}.wav", password)]


def test_an_mp3_is_known_by_its_first_bytes(provider: Provider) -> None:
    provider.answers = [Answer(body=b"\xff\xfb\x90\x00" + b"\0" * 50, media_type="text/plain")]
    assert fetcher(provider).fetch(SID).media_type == "audio/mpeg"


@pytest.mark.row("F-15")
@pytest.mark.parametrize(
    ("answer", "why", "permanent"),
    [
        (Answer(status=404), "HTTP 404", False),
        (Answer(status=401), "HTTP 401", False),
        (Answer(status=500), "HTTP 500", False),
        (Answer(body=b""), "empty", False),
        (Answer(body=b"<html>not here</html>", media_type="text/html"), "neither WAV nor MP3", True),
        (Answer(body=WAV[:700], announced=len(WAV)), "ProtocolError|cut off", False),
        (Answer(body=WAV[:700]), "cut off after 700", False),
        (Answer(body=WAV, announced=500_000_000), "larger than", True),
        (Answer(body=WAV + b"\0" * 200_000), "larger than", True),
        (Answer(reset=True), "ConnectionError", False),
        (Answer(body=b"\xff"), "neither WAV nor MP3", True),
    ],
    ids=range(11),
)
def test_a_fault_is_said_with_whether_asking_again_helps(
    provider: Provider, answer: Answer, why: str, permanent: bool
) -> None:
    provider.answers = [answer]
    with pytest.raises(FetchError, match=why) as raised:
        fetcher(provider).fetch(SID)
    assert raised.value.permanent is permanent


@pytest.mark.row("F-15")
def test_a_sender_of_a_few_bytes_a_second_is_cut_off_in_time(provider: Provider) -> None:
    provider.answers = [Answer(pause=0.05)]  # all of it would take more than a minute
    with pytest.raises(FetchError, match="slower than"):
        fetcher(provider, seconds=3).fetch(SID)


@pytest.mark.row("F-15")
def test_a_provider_that_says_nothing_is_given_up_in_time(provider: Provider) -> None:
    provider.answers = [Answer(body=WAV[:1], announced=len(WAV), pause=3)]
    with pytest.raises(FetchError, match=r"Timeout|IncompleteRead|ProtocolError"):
        fetcher(provider, seconds=3).fetch(SID)


@pytest.mark.row("T-09")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_the_token_goes_nowhere_else(provider: Provider, status: int) -> None:
    with provider_server() as catcher:
        provider.answers = [Answer(status=status, location=f"{catcher.url}/stolen")]
        with pytest.raises(FetchError, match=f"HTTP {status}"):
            fetcher(provider).fetch(SID)
        assert catcher.asked == []


@pytest.mark.row("T-09")
@pytest.mark.parametrize(
    "sid",
    [
        "http://127.0.0.1/x",
        "RE/../../Calls",
        "RE" + "a" * 63,
        "RE" + "á" * 32,
        SID + "?x=1",
        SID + "\r\n",
        "@evil",
        "",
    ],
)
def test_anything_but_a_sid_is_never_asked_for(provider: Provider, sid: str) -> None:
    for work in (fetcher(provider).fetch, fetcher(provider).delete):
        with pytest.raises(FetchError) as raised:
            work(sid)
        assert raised.value.permanent
    assert provider.asked == []


@pytest.mark.row("T-09")
def test_a_proxy_named_in_the_environment_is_not_used(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert fetcher(provider).fetch(SID).content == WAV


def test_a_copy_already_gone_at_the_provider_counts_as_deleted(provider: Provider) -> None:
    provider.deleting = [204, 404, 500]
    fetcher(provider).delete(SID)
    fetcher(provider).delete(SID)
    with pytest.raises(FetchError, match="HTTP 500"):
        fetcher(provider).delete(SID)
    assert provider.asked[0][:2] == ("DELETE", f"/2010-04-01/Accounts/AC1/Recordings/{SID}.json")


def test_a_host_that_is_not_there_is_asked_again_later() -> None:
    with pytest.raises(FetchError) as raised:
        RecordingFetcher("http://127.0.0.1:9", "AC1", "token", 100, 1).fetch(SID)
    assert not raised.value.permanent
