"""What the use-cases need of the world, as protocols, and the words its failures are translated into."""
