"""The web page of the diagnostic engine."""
