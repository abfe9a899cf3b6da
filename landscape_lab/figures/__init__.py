"""Figures of surfaces and races: Plotly figures, and images drawn without a browser. Pure and deterministic."""
