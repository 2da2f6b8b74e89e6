"""Use what was trained: a bundle, a predictor, exports."""
