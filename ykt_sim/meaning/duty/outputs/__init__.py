"""Tables of what a terminal writes (`written`) and says (`telling`): every field has a line."""
