"""What brainscan is measured beside: one file a framework, each run in a process of its own.

``python -m benchmarks.peers PEER NETWORK DTYPE BATCH...`` builds a network with random weights and
the paper's head, compiles its forward pass and its training step for each size of batch, and then
runs one of them for each line on standard input, ``forward BATCH`` or ``train BATCH``, and prints
the seconds it took. DTYPE is ``float32`` or ``bfloat16`` (weights stay float32). On a GPU float32
products run as TF32.
"""

SIZE = 150
LEARNING_RATE = 1e-4
