"""Periodic reports: figures counted once, then page, .docx and .xlsx from the same figures."""

from logbook.reports.figures import Figure, Figures, LateCase
from logbook.reports.made import Report, ReportRefusedError
from logbook.reports.periods import Period, due, weekly_now

__all__ = ["Figure", "Figures", "LateCase", "Period", "Report", "ReportRefusedError", "due", "weekly_now"]
