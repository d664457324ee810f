"""What one more kind of news to a citizen takes today: the guide names every file of it."""

from tests.suite import guides


def test_the_guide_says_what_one_more_kind_of_news_takes() -> None:
    said = ("news_accepted", "news_sms_accepted", "outbox_kind_accepted")
    needed = set().union(*(guides.naming(key) for key in said))
    needed |= {"callflows/escalations.py", "callflows/atlas.py", "ivr/line/citizen_lookups.py"}
    needed |= {"logbook/tickets/verbs/<name>.py"}
    assert all(name in guides.naming("accepted") for name in needed if name.endswith("escalations.py"))
    assert guides.promised("kind of news to a citizen") == (len(needed), needed)
