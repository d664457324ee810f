"""The JSON that the provider's REST API shows for a call, a message and a recording."""

from datetime import datetime
from email.utils import format_datetime

from ivr.phone.parameters import API_VERSION, PROVIDER_API
from ivr.provider.files import Row


def recording(row: Row, written: datetime) -> dict[str, object]:
    """Show a recording as the API does; `written` is when its row was last written, aware."""
    uri = f"/{API_VERSION}/Accounts/{row['account_sid']}/Recordings/{row['sid']}"
    shown = format_datetime(written)
    return {
        **row,
        "date_created": shown,
        "date_updated": shown,
        "api_version": API_VERSION,
        "channels": 1,
        "conference_sid": None,
        "encryption_details": None,
        "error_code": None,
        "media_url": PROVIDER_API + uri,
        "price": None,
        "price_unit": "USD",
        "source": "RecordVerb",
        "start_time": shown,
        "status": "completed",
        "subresource_uris": {},
        "uri": f"{uri}.json",
    }


def call(row: Row) -> dict[str, object]:
    """Show a call as the API does; it begins when it was made."""
    empty = ("answered_by", "caller_name", "forwarded_from", "group_sid", "parent_call_sid")
    return {
        **dict.fromkeys((*empty, "phone_number_sid", "price", "queue_time", "trunk_sid")),
        "date_created": _date(row.get("made")),
        "date_updated": _date(row.get("ended") or row.get("made")),
        "start_time": _date(row.get("made")),
        "end_time": _date(row.get("ended")),
        "account_sid": row["account_sid"],
        "api_version": API_VERSION,
        "direction": "outbound-api",
        "duration": row.get("duration"),
        "from": row["From"],
        "from_formatted": row["From"],
        "price_unit": "USD",
        "sid": row["sid"],
        "status": row["status"],
        "subresource_uris": {},
        "to": row["To"],
        "to_formatted": row["To"],
        "uri": f"/{API_VERSION}/Accounts/{row['account_sid']}/Calls/{row['sid']}.json",
    }


def message(row: Row) -> dict[str, object]:
    """Show a message as the API does; it is sent when it was made."""
    empty = ("error_code", "error_message", "messaging_service_sid", "price")
    made = _date(row.get("made"))
    return {
        **dict.fromkeys(empty),
        "date_created": made,
        "date_updated": made,
        "date_sent": None if row["status"] == "queued" else made,
        "account_sid": row["account_sid"],
        "api_version": API_VERSION,
        "body": row.get("Body", ""),
        "direction": "outbound-api",
        "from": row["From"],
        "num_media": "0",
        "num_segments": "1",
        "price_unit": "USD",
        "sid": row["sid"],
        "status": row["status"],
        "subresource_uris": {},
        "to": row["To"],
        "uri": f"/{API_VERSION}/Accounts/{row['account_sid']}/Messages/{row['sid']}.json",
    }


def _date(kept: str | None) -> str | None:
    return format_datetime(datetime.fromisoformat(kept)) if kept else None
