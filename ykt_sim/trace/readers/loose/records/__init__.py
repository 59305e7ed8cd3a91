"""Records of an exchange in a log: rows of tables, objects of JSON, elements of XML and HTML."""
