"""The study: why the module run won. Its cells, shards, tables and pictures, and the reproduction band."""
