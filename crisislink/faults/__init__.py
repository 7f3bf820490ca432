"""Does any image outlive its grant, whatever fails? Real processes, real faults, and a checker that decides.

rig       two web processes, two media nodes, PostgreSQL, Redis, cameras and identity providers
viewers   people who watch as the player does, and log every picture
faults    what is done to it, and how it is healed
checker   decides from the logs alone
"""
