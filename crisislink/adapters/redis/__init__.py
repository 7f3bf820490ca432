"""Redis or Valkey: speed between processes, never truth. What it loses costs milliseconds."""
