"""The cards' half of the zoo, a file for each chapter of faults and of the same name."""
