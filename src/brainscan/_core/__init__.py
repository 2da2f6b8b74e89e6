"""What every layer above shares: types, checks, the registry, reading images, writing files."""
