"""How a setting is declared, read, bounded and spelled."""
