"""The article's statements: what is observed today, and the verdict on each."""
