"""Tickets that are also cases of the national portal (phản ánh, kiến nghị at dichvucong.gov.vn)."""
