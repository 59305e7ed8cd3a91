"""Cases that sweep a dimension: one table a case, judged by the reference model."""
