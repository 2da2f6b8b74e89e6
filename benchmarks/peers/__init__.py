"""What brainscan is measured beside: one file a framework, each run in a process of its own.

``python -m benchmarks.peers PEER NETWORK`` builds a network with random weights and the paper's
head, compiles its forward pass and its training step, and then runs one of them for each line on
standard input, ``forward`` or ``train``, and prints the seconds it took.
"""

BATCH, SIZE = 16, 150
LEARNING_RATE = 1e-4
