"""Cases that sweep a dimension of a terminal: one table a case, judged by the model of duty."""
