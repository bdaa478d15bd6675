"""How content buyers are with their purchase, in a score and their own words (C-10)."""
