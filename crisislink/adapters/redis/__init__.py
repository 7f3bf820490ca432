"""Redis or Valkey: what makes many processes as quick as one. Never truth (docs/decisions/0009).

What is lost here costs speed, not safety and not light: the store answers in its place, or the process
itself does. What is kept here is sealed with the installation's key: who can write to Redis can slow us
down, but can sign nobody in, confirm no cut and name no media node.
"""
