"""The study: why the module run won. Starts, optimisers, engine, shards, tables, verdicts."""
