"""Every read, one module per noun; the first argument is the Scope."""
