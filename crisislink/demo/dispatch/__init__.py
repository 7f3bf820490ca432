"""A simulated dispatch software (LRM) at an origin of its own: what a vendor writes to show the panel."""

from crisislink.demo.dispatch.app import build_dispatch

__all__ = ["build_dispatch"]
