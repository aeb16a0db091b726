"""`gongshu demo`: the whole way from a messy file to an answer a stranger verifies.

It uses nothing but what a user has: the shell's commands and the HTTP API. `files` makes the
messy files out of real data that installed packages carry, `cast` says who takes part,
`story` tells it, `client` speaks to the platform.
"""
