"""What surveys does when something happens elsewhere."""
