"""Colours that the figures share: Okabe and Ito's palette, told apart with any colour vision."""

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
PALETTE = (BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000", "#999999")
