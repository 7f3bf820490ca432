"""Wake-ups between the parts of the service: in-process here, Redis in a later issue."""
