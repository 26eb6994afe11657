"""What people read: pages, their templates, the index of the results, the report."""
