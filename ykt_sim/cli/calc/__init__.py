"""Calculators and decoders: nothing but bytes in and fields out."""
