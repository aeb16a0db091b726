"""The transparency log: Merkle tree, tiles, signed checkpoints, proofs, receipts.

Plain Python without Django or a database. It follows RFC 9162 (the tree), and the C2SP
specifications signed-note, tlog-checkpoint, tlog-tiles and tlog-proof, so that verifiers written
by others work on what it makes.
"""
