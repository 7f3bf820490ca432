"""CrisisLink: temporary, approved, masked live views of city cameras for a medical dispatch room."""
