"""Documents for the national portal and for whoever a case is passed on to."""
