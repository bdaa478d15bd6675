"""The figures of a period as the API answers them (M-2): a file for each thing that is looked at."""
