"""Every read, one module per noun."""
