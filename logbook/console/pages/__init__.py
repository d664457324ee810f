"""The pages of the console, in folders by subject."""
