"""Cards and terminals that are wrong in one point; the engines know nothing of them."""
