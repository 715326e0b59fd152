"""What a tablet and the server share: clocks, changes, schema, policies, merge, local replica.

Everything outside `sync.replica` is pure: it imports the standard library and msgspec only, and
touches no clock, randomness, file or socket. `PROTOCOL.md` beside this file is its specification.
"""
