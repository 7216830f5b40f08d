"""Who sits at a console, and what happens when they change."""
