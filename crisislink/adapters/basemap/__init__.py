"""What is drawn under the cameras: a file of this machine, or another's tiles read for the browsers."""
