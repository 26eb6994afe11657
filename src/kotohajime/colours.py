"""The colours of figures and pages: those of Okabe and Ito (2008), which colour-blind readers tell apart.

The last four are darker than theirs, so that the contrast with white is at least 3 to 1, as that of the first three is.
"""

BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, ORANGE, SKY, GREY = "#B0578D", "#A87000", "#2E8BC0", "#767676"
ALL = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, GREY)
