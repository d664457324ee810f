"""The province's own pages: confirmed figures of all offices; no page of an office is among them."""
