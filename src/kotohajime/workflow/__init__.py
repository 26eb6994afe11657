"""What the Snakefile itself calls: the config, the code behind a rule, what made a result, the terminal."""
