"""Expected results of lists, filters, pages and CSV files, computed from the server's own records."""
