"""What brainscan is measured beside: one file a framework, each run in a process of its own.

``python -m benchmarks.peers PEER NETWORK BATCH DTYPE`` builds a network with random weights and the
paper's head, compiles its forward pass and its training step, and then runs one of them for each
line on standard input, ``forward`` or ``train``, and prints the seconds it took. DTYPE is
``float32`` or ``bfloat16`` (weights stay float32). On a GPU float32 products run as TF32.
"""

SIZE = 150
LEARNING_RATE = 1e-4
