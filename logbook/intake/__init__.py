"""Letters that come by mail and become tickets."""
