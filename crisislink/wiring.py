"""Builds everything; the only place that knows every adapter."""
