"""Wake-ups between the parts of the service: in-process here, between processes `adapters/redis`."""
