"""What the use-cases need of the world, as protocols, and our words for its failures."""
