"""What answers the paths of `routes`: a function for each, in a module for each of their nouns."""
