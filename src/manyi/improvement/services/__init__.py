"""Every change of state, one module per noun."""
