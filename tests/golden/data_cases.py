"""Which losses over data are compared with torch's autograd: one table for the script and the test."""

import numpy as np

CASES: dict[str, tuple[str, dict[str, float | bool]]] = {
    "line": ("linear_regression", {}),
    "line_standardised": ("linear_regression", {"standardised": True, "n": 37, "center": 4.0}),
    "line_batch_norm": ("linear_regression", {"batch_norm": True, "outliers": 0.1}),
    "line_penalised": ("linear_regression", {"l2": 0.3, "seed": 2}),
    "plane": ("multiple_regression", {"correlation": 0.7, "scale": 5.0, "skewed": True}),
    "plane_penalised": ("multiple_regression", {"l2": 0.5, "task_angle": 40.0}),
    "plane_dropout": ("multiple_regression", {"dropout": 0.3, "correlation": -0.4}),
    "plane_batch_norm": ("multiple_regression", {"batch_norm": True, "scale": 20.0}),
    "classes": ("logistic_regression", {"n": 60}),
    "classes_penalised": ("logistic_regression", {"noise": 0.0, "l2": 0.05, "scale": 3.0}),
    "hidden_unit": ("hidden_unit_regression", {}),
    "hidden_unit_batch_norm": ("hidden_unit_regression", {"batch_norm": True, "l2": 0.1}),
}

THETA = np.random.default_rng(7).uniform(-2, 2, (2, 5))
"""Where: (2, lanes)."""
ROWS = np.array([3, 0, 8, 8, 5, 1])
"""A batch, one example in it twice."""
