"""Language-neutral conformance cases: any second implementation of the merge runs the same files.

`python -m sync.vectors` writes the files anew; `PROTOCOL.md` says how to run them.
"""
