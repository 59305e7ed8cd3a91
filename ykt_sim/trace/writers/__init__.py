"""Writers of other programs' formats, one file each: ``write(trace, out)``, streaming."""
