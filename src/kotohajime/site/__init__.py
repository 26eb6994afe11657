"""The story and the study as pages, in English and in Japanese, and the index of all results."""
