"""Compare what outlines tumours: networks, and methods that learn nothing."""
