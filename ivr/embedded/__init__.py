"""A telephone line without an exchange: SIP and sound by this program itself."""
