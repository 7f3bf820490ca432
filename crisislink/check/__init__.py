"""Plays the whole story against a running service, over its public surfaces only, and measures it.

`visitor` is a person with a browser's cookies, `stream` a viewer that decodes, `picture` what a decoded frame
must show, `story` the scenes in order, `report` what came out.
"""
