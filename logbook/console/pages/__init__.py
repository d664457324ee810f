"""The console's pages, in folders by subject."""
