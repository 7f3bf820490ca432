"""The story, one file a step. Speaks to the outside through `ports` only."""
