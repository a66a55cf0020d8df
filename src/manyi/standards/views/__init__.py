"""The views of standards, a file a noun."""
