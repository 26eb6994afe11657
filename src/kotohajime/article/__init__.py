"""The article: environment, tensor tour, problem, the three trainings, the figure, the notebook."""
