"""The queries of standards, a file a noun."""
