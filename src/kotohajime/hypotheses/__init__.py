"""What was stated before the seeds were run, and the verdicts on it."""
