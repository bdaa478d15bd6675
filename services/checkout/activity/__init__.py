"""What visitors do on the pages, as their browsers tell it (C-10)."""
