"""results/index.html: the story of the figure, told in one page, in English and in Japanese."""
