"""What the paper reports: its numbers as CSV, and the claims the book judges."""
