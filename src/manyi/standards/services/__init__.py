"""The services of standards, a file a noun."""
