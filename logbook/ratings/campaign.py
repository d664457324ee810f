"""The months in which slips are collected; a slip from outside is kept and marked (001-04)."""

from __future__ import annotations

from datetime import datetime

from logbook.clock import local
from logbook.settings.loading import Settings


def is_outside(settings: Settings, finished_at: datetime | None) -> bool:
    """Whether a slip of a dossier finished then lies outside the campaign; never without a campaign."""
    campaign = settings.dossiers.campaign
    if campaign is None or finished_at is None:
        return False
    month = local(finished_at).strftime("%Y-%m")
    return not campaign.first <= month <= campaign.last
