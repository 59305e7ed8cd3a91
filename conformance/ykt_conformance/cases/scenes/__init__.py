"""What terminal cases are written with: scenes at the terminal and checks of a tap."""
