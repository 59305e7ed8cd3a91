"""Bytes meet meaning here, once: records, TLV, APDUs, and what goes under each MAC."""
