"""NumPy code for every surface. Generated from the catalog by `python -m landscapes.generate`; do not edit."""
# fmt: off
# ruff: noqa: E501

import math

import numpy as np

from landscapes.surface_code import Code


def bowl_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    out[...] = x * x + y * y
    return out


def bowl_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    out[0] = 2.0 * x
    out[1] = 2.0 * y
    return out


def bowl_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    out[0, 0] = 2.0
    out[0, 1] = 0.0
    out[1, 1] = 2.0
    out[1, 0] = out[0, 1]
    return out


def elliptic_bowl_value(x, y, angle, condition):
    out = np.empty_like(x, shape=x.shape)
    t0 = 3.141592653589793 * angle / 180.0
    t1 = math.cos(t0)
    t2 = math.sin(t0)
    u3 = t1 * x + t2 * y
    u4 = t1 * y - t2 * x
    out[...] = 0.5 * (u3 * u3) + 0.5 * condition * (u4 * u4)
    return out


def elliptic_bowl_gradient(x, y, angle, condition):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = 3.141592653589793 * angle / 180.0
    t1 = math.cos(t0)
    t2 = math.sin(t0)
    t3 = t1 * x + t2 * y
    t4 = condition * (t1 * y - t2 * x)
    out[0] = t1 * t3 - t2 * t4
    out[1] = t1 * t4 + t2 * t3
    return out


def elliptic_bowl_hessian(x, y, angle, condition):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = 3.141592653589793 * angle / 180.0
    t1 = math.cos(t0)
    t2 = t1 * t1
    t3 = math.sin(t0)
    t4 = t3 * t3
    out[0, 0] = t2 + condition * t4
    out[0, 1] = t1 * t3 * (1.0 - condition)
    out[1, 1] = t4 + condition * t2
    out[1, 0] = out[0, 1]
    return out


def bounded_saddle_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    y_2 = y * y
    out[...] = 0.5 * (x * x) + 0.25 * (y_2 * y_2) - 0.5 * (y * y)
    return out


def bounded_saddle_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    out[0] = x
    y_2 = y * y
    out[1] = y_2 * y - y
    return out


def bounded_saddle_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    out[0, 0] = 1.0
    out[0, 1] = 0.0
    out[1, 1] = 3.0 * (y * y) - 1.0
    out[1, 0] = out[0, 1]
    return out


def saddle_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    out[...] = x * x - y * y
    return out


def saddle_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    out[0] = 2.0 * x
    out[1] = -2.0 * y
    return out


def saddle_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    out[0, 0] = 2.0
    out[0, 1] = 0.0
    out[1, 1] = -2.0
    out[1, 0] = out[0, 1]
    return out


def monkey_saddle_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    x_2 = x * x
    out[...] = x_2 * x - 3.0 * x * (y * y)
    return out


def monkey_saddle_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    out[0] = 3.0 * (x * x - y * y)
    out[1] = -6.0 * x * y
    return out


def monkey_saddle_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = 6.0 * x
    out[0, 0] = t0
    out[0, 1] = -6.0 * y
    out[1, 1] = -t0
    out[1, 0] = out[0, 1]
    return out


def plateau_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    out[...] = 1.0 - np.exp(-(y * y) - 0.5 * (x * x))
    return out


def plateau_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = np.exp(-(y * y) - 0.5 * (x * x))
    out[0] = 1.0 * t0 * x
    out[1] = 2.0 * t0 * y
    return out


def plateau_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = x * x
    t1 = y * y
    t2 = np.exp(-t1 - 0.5 * t0)
    out[0, 0] = 1.0 * t2 * (1.0 - t0)
    out[0, 1] = -2.0 * t2 * x * y
    out[1, 1] = 2.0 * t2 - 4.0 * t1 * t2
    out[1, 0] = out[0, 1]
    return out


def ravine_value(x, y, steepness):
    out = np.empty_like(x, shape=x.shape)
    u0 = x - 3.0
    u1 = y - np.sin(x)
    out[...] = (u0 * u0) / 50.0 + steepness * (u1 * u1)
    return out


def ravine_gradient(x, y, steepness):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = 2.0 * steepness * (y - np.sin(x))
    out[0] = (x - 3.0) / 25.0 - t0 * np.cos(x)
    out[1] = t0
    return out


def ravine_hessian(x, y, steepness):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = np.cos(x)
    t1 = 2.0 * steepness
    t2 = np.sin(x)
    out[0, 0] = 0.04 + t1 * (t0 * t0) + t1 * t2 * (y - t2)
    out[0, 1] = -t1 * t0
    out[1, 1] = t1
    out[1, 0] = out[0, 1]
    return out


def matyas_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    out[...] = 0.26 * (x * x + y * y) - 0.48 * x * y
    return out


def matyas_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    out[0] = 0.52 * x - 0.48 * y
    out[1] = 0.52 * y - 0.48 * x
    return out


def matyas_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    out[0, 0] = 0.52
    out[0, 1] = -0.48
    out[1, 1] = 0.52
    out[1, 0] = out[0, 1]
    return out


def booth_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    u0 = x + 2.0 * y - 7.0
    u1 = y + 2.0 * x - 5.0
    out[...] = u0 * u0 + u1 * u1
    return out


def booth_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    out[0] = 8.0 * y + 10.0 * x - 34.0
    out[1] = 8.0 * x + 10.0 * y - 38.0
    return out


def booth_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    out[0, 0] = 10.0
    out[0, 1] = 8.0
    out[1, 1] = 10.0
    out[1, 0] = out[0, 1]
    return out


def rosenbrock_value(x, y, b):
    out = np.empty_like(x, shape=x.shape)
    u0 = 1.0 - x
    u1 = y - x * x
    out[...] = u0 * u0 + b * (u1 * u1)
    return out


def rosenbrock_gradient(x, y, b):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = 2.0 * b * (y - x * x)
    out[0] = 2.0 * x - 2.0 - 2.0 * t0 * x
    out[1] = t0
    return out


def rosenbrock_hessian(x, y, b):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = x * x
    t1 = 4.0 * b
    out[0, 0] = 2.0 + 8.0 * b * t0 - t1 * (y - t0)
    out[0, 1] = -t1 * x
    out[1, 1] = 2.0 * b
    out[1, 0] = out[0, 1]
    return out


def beale_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    u0 = 1.5 + x * y - x
    u1 = 2.25 + x * (y * y) - x
    y_2 = y * y
    u3 = 2.625 + x * (y_2 * y) - x
    out[...] = u0 * u0 + u1 * u1 + u3 * u3
    return out


def beale_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t1 = x * y
    t2 = 1.5 + t1 - x
    t3 = y * y
    t4 = t3 * x
    t5 = 2.25 + t4 - x
    t6 = t3 * y
    t7 = 2.625 + t6 * x - x
    out[0] = t2 * (2.0 * y - 2.0) + t5 * (2.0 * t3 - 2.0) + t7 * (2.0 * t6 - 2.0)
    out[1] = 2.0 * t2 * x + 4.0 * t1 * t5 + 6.0 * t4 * t7
    return out


def beale_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = y - 1.0
    t1 = y * y
    t2 = t1 - 1.0
    t3 = t1 * y
    t4 = t3 - 1.0
    t5 = 2.0 * x
    t6 = 4.0 * y
    t7 = t1 * x
    t8 = 6.0 * t7
    t10 = 15.75 + 6.0 * t3 * x - 6.0 * x
    out[0, 0] = 2.0 * (t0 * t0) + 2.0 * (t2 * t2) + 2.0 * (t4 * t4)
    out[0, 1] = 3.0 + t0 * t5 + t1 * t10 + t4 * t8 + t5 * y + t6 * (2.25 + t7 - x) + t2 * t6 * x - t5
    out[1, 1] = t5 * (4.5 + t8 + t10 * y + 9.0 * x * (t1 * t1) - x)
    out[1, 0] = out[0, 1]
    return out


def himmelblau_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    u0 = y + x * x - 11.0
    u1 = x + y * y - 7.0
    out[...] = u0 * u0 + u1 * u1
    return out


def himmelblau_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = y + x * x - 11.0
    t1 = x + y * y - 7.0
    out[0] = 2.0 * t1 + 4.0 * t0 * x
    out[1] = 2.0 * t0 + 4.0 * t1 * y
    return out


def himmelblau_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = 4.0 * y
    t1 = 4.0 * x
    out[0, 0] = t0 + 12.0 * (x * x) - 42.0
    out[0, 1] = t0 + t1
    out[1, 1] = t1 + 12.0 * (y * y) - 26.0
    out[1, 0] = out[0, 1]
    return out


def three_hump_camel_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    x_2 = x * x
    x_3 = x_2 * x
    out[...] = y * y + 2.0 * (x * x) + (x_3 * x_3) / 6.0 + x * y - 1.05 * (x_2 * x_2)
    return out


def three_hump_camel_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    x_2 = x * x
    x_4 = x_2 * x_2
    out[0] = y + x_4 * x + 4.0 * x - 4.2 * (x_2 * x)
    out[1] = x + 2.0 * y
    return out


def three_hump_camel_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    x_2 = x * x
    out[0, 0] = 4.0 + 5.0 * (x_2 * x_2) - 12.600000000000001 * (x * x)
    out[0, 1] = 1.0
    out[1, 1] = 2.0
    out[1, 0] = out[0, 1]
    return out


def six_hump_camel_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    t0 = y * y
    t1 = x * x
    out[...] = t0 * (4.0 * t0 - 4.0) + t1 * (4.0 + (t1 * t1) / 3.0 - 2.1 * t1) + x * y
    return out


def six_hump_camel_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = x * x
    out[0] = y + (t0 * x) * (4.0 * t0 - 12.600000000000001) / 3.0 + 2.0 * x * (12.0 + t0 * t0 - 6.300000000000001 * t0) / 3.0
    y_2 = y * y
    out[1] = x + 8.0 * (y_2 * y + y * (y * y - 1.0))
    return out


def six_hump_camel_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = x * x
    t1 = 4.0 * t0
    out[0, 0] = 8.0 + 2.0 * (t0 * t0) / 3.0 + t0 * (t1 - 4.2) + 4.0 * t0 * (t1 - 12.600000000000001) / 3.0 - 4.2 * t0
    out[0, 1] = 1.0
    out[1, 1] = 8.0 * (6.0 * (y * y) - 1.0)
    out[1, 0] = out[0, 1]
    return out


def mccormick_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    u0 = x - y
    out[...] = 1.0 + u0 * u0 + 2.5 * y + np.sin(x + y) - 1.5 * x
    return out


def mccormick_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = np.cos(x + y)
    t1 = x - y
    out[0] = t0 + 2.0 * t1 - 1.5
    out[1] = 2.5 + t0 - 2.0 * t1
    return out


def mccormick_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = np.sin(x + y)
    t1 = 2.0 - t0
    out[0, 0] = t1
    out[0, 1] = -2.0 - t0
    out[1, 1] = t1
    out[1, 0] = out[0, 1]
    return out


def goldstein_price_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    t0 = x * y
    t1 = x * x
    t2 = y * y
    u3 = 1.0 + x + y
    u4 = 2.0 * x - 3.0 * y
    out[...] = (1.0 + (u3 * u3) * (19.0 + 3.0 * t1 + 3.0 * t2 + 6.0 * t0 - 14.0 * x - 14.0 * y)) * (30.0 + (u4 * u4) * (18.0 + 12.0 * t1 + 27.0 * t2 + 48.0 * y - 36.0 * t0 - 32.0 * x))
    return out


def goldstein_price_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = 1.0 + x + y
    t1 = 3.0 * y
    t2 = 2.0 * x - t1
    t3 = t2 * t2
    t4 = x * x
    t5 = y * y
    t6 = 18.0 + 12.0 * t4 + 27.0 * t5 + 48.0 * y - 32.0 * x - 36.0 * x * y
    t7 = 19.0 + 3.0 * t4 + 3.0 * t5 + 6.0 * x * y - 14.0 * x - 14.0 * y
    t8 = t0 * (30.0 + t3 * t6) * (t7 + t0 * (t1 + 3.0 * x - 7.0))
    t9 = 1.0 + t7 * (t0 * t0)
    t10 = 8.0 + 9.0 * y - 6.0 * x
    out[0] = 2.0 * t8 + 4.0 * t2 * t9 * (t6 - t10 * t2)
    out[1] = 2.0 * t8 + 6.0 * t9 * (t10 * t3 - t2 * t6)
    return out


def goldstein_price_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = 3.0 * y
    t1 = 2.0 * x - t0
    t2 = t1 * t1
    t3 = x * x
    t4 = y * y
    t5 = 18.0 + 12.0 * t3 + 27.0 * t4 + 48.0 * y - 32.0 * x - 36.0 * x * y
    t6 = 1.0 + x + y
    t7 = t6 * t6
    t8 = t6 * (t0 + 3.0 * x - 7.0)
    t9 = 19.0 + 3.0 * t3 + 3.0 * t4 + 6.0 * x * y - 14.0 * x - 14.0 * y
    t10 = (30.0 + t2 * t5) * (t9 + 3.0 * t7 + 4.0 * t8)
    t11 = 1.0 + t7 * t9
    t12 = 8.0 + 9.0 * y - 6.0 * x
    t14 = -t1 * t12
    t15 = t5 + 3.0 * t2
    t16 = t6 * (t8 + t9)
    t17 = t1 * t16 * (t14 + t5)
    t19 = t16 * (t12 * t2 - t1 * t5)
    out[0, 0] = 2.0 * t10 + 16.0 * t17 + 8.0 * t11 * (t15 + 4.0 * t14)
    out[0, 1] = 2.0 * t10 + 8.0 * t17 + 12.0 * t19 + 12.0 * t11 * (4.0 * t1 * t12 - t15)
    out[1, 1] = 2.0 * t10 + 24.0 * t19 + 18.0 * t11 * (t15 - 4.0 * t1 * t12)
    out[1, 0] = out[0, 1]
    return out


def styblinski_tang_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    x_2 = x * x
    y_2 = y * y
    out[...] = 0.5 * (x_2 * x_2 + y_2 * y_2 + 5.0 * x + 5.0 * y) - 8.0 * (x * x + y * y)
    return out


def styblinski_tang_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    x_2 = x * x
    out[0] = 2.5 + 2.0 * (x_2 * x) - 16.0 * x
    y_2 = y * y
    out[1] = 2.5 + 2.0 * (y_2 * y) - 16.0 * y
    return out


def styblinski_tang_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    out[0, 0] = 6.0 * (x * x) - 16.0
    out[0, 1] = 0.0
    out[1, 1] = 6.0 * (y * y) - 16.0
    out[1, 0] = out[0, 1]
    return out


def bohachevsky_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    out[...] = 0.7 + x * x + 2.0 * (y * y) - 0.4 * np.cos(4.0 * 3.141592653589793 * y) - 0.3 * np.cos(3.0 * 3.141592653589793 * x)
    return out


def bohachevsky_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = 4.0 * y
    out[0] = 2.0 * x + 0.8999999999999999 * 3.141592653589793 * np.sin(3.0 * 3.141592653589793 * x)
    out[1] = t0 + 1.6 * 3.141592653589793 * np.sin(3.141592653589793 * t0)
    return out


def bohachevsky_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    out[0, 0] = 2.0 + 2.6999999999999997 * 9.869604401089358 * np.cos(3.0 * 3.141592653589793 * x)
    out[0, 1] = 0.0
    out[1, 1] = 4.0 + 6.4 * 9.869604401089358 * np.cos(4.0 * 3.141592653589793 * y)
    out[1, 0] = out[0, 1]
    return out


def branin_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    u0 = y + 5.0 * x / 3.141592653589793 - 6.0 - 1.275 * (x * x) / 9.869604401089358
    out[...] = 10.0 + u0 * u0 + 9.602112642270262 * np.cos(x)
    return out


def branin_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t1 = (x * x) / 9.869604401089358
    out[0] = (10.0 - 5.1 * x / 3.141592653589793) * (y + 5.0 * x / 3.141592653589793 - 6.0 - 1.275 * t1) / 3.141592653589793 - 1.25 * 7.6816901138162095 * np.sin(x)
    out[1] = 2.0 * y + 10.0 * x / 3.141592653589793 - 12.0 - 2.55 * t1
    return out


def branin_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t2 = x / 9.869604401089358
    t3 = 3.1830988618379066 - 5.1 * t2
    out[0, 0] = t3 * (1.5915494309189533 - 2.55 * t2) - 9.602112642270262 * np.cos(x) - 5.1 * (y + 5.0 * x / 3.141592653589793 - 6.0 - 1.275 * (x * x) / 9.869604401089358) / 9.869604401089358
    out[0, 1] = t3
    out[1, 1] = 2.0
    out[1, 0] = out[0, 1]
    return out


def easom_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    u0 = x - 3.141592653589793
    u1 = y - 3.141592653589793
    out[...] = -np.cos(x) * np.cos(y) * np.exp(-(u0 * u0) - u1 * u1)
    return out


def easom_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = np.cos(y)
    t1 = np.cos(x)
    t3 = x - 3.141592653589793
    t4 = y - 3.141592653589793
    t5 = np.exp(-(t3 * t3) - t4 * t4)
    out[0] = t0 * t5 * (2.0 * t1 * t3 + np.sin(x))
    out[1] = t1 * t5 * (2.0 * t0 * t4 + np.sin(y))
    return out


def easom_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = np.cos(y)
    t2 = x - 3.141592653589793
    t3 = y - 3.141592653589793
    t4 = np.exp(-(t2 * t2) - t3 * t3)
    t5 = np.cos(x)
    t6 = np.sin(x)
    t8 = 4.0 * t5
    t9 = np.sin(y)
    out[0, 0] = t0 * t4 * (3.0 * t5 - t8 * (t2 * t2) - 4.0 * t2 * t6)
    out[0, 1] = t4 * (-t6 * t9 - 2.0 * t0 * t3 * t6 - 2.0 * t2 * t5 * t9 - t0 * t2 * t3 * t8)
    out[1, 1] = t4 * t5 * (3.0 * t0 - 4.0 * t0 * (t3 * t3) - 4.0 * t3 * t9)
    out[1, 0] = out[0, 1]
    return out


def griewank_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    out[...] = 1.0 + (x * x + y * y) / 4000.0 - np.cos(x) * np.cos(0.5 * 1.4142135623730951 * y)
    return out


def griewank_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t1 = 0.5 * 1.4142135623730951 * y
    out[0] = x / 2000.0 + np.cos(t1) * np.sin(x)
    out[1] = y / 2000.0 + 0.5 * 1.4142135623730951 * np.cos(x) * np.sin(t1)
    return out


def griewank_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t1 = 0.5 * 1.4142135623730951 * y
    t2 = np.cos(t1) * np.cos(x)
    out[0, 0] = 0.0005 + t2
    out[0, 1] = -0.5 * 1.4142135623730951 * np.sin(t1) * np.sin(x)
    out[1, 1] = 0.0005 + 0.5 * t2
    out[1, 0] = out[0, 1]
    return out


def levy13_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    u0 = np.sin(3.0 * 3.141592653589793 * x)
    u1 = x - 1.0
    u2 = np.sin(3.0 * 3.141592653589793 * y)
    u3 = y - 1.0
    u4 = np.sin(2.0 * 3.141592653589793 * y)
    out[...] = u0 * u0 + (u1 * u1) * (1.0 + u2 * u2) + (u3 * u3) * (1.0 + u4 * u4)
    return out


def levy13_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t1 = 3.0 * 3.141592653589793 * x
    t3 = 3.0 * 3.141592653589793 * y
    t4 = np.sin(t3)
    t5 = 2.0 * y
    t6 = 3.141592653589793 * t5
    t7 = np.sin(t6)
    out[0] = (1.0 + t4 * t4) * (2.0 * x - 2.0) + 6.0 * 3.141592653589793 * np.cos(t1) * np.sin(t1)
    u6 = y - 1.0
    u7 = x - 1.0
    out[1] = (1.0 + t7 * t7) * (t5 - 2.0) + 4.0 * 3.141592653589793 * t7 * (u6 * u6) * np.cos(t6) + 6.0 * 3.141592653589793 * t4 * (u7 * u7) * np.cos(t3)
    return out


def levy13_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t1 = 3.0 * 3.141592653589793 * y
    t2 = np.sin(t1)
    t3 = t2 * t2
    t4 = 3.0 * 3.141592653589793 * x
    t7 = np.cos(t1)
    t8 = 2.0 * y
    t9 = 3.141592653589793 * t8
    t10 = np.sin(t9)
    t11 = t10 * t10
    u9 = x - 1.0
    t12 = 18.0 * 9.869604401089358 * (u9 * u9)
    u11 = y - 1.0
    t13 = 8.0 * 9.869604401089358 * (u11 * u11)
    t14 = np.cos(t9)
    u14 = np.cos(t4)
    u15 = np.sin(t4)
    out[0, 0] = 2.0 + 2.0 * t3 + 18.0 * 9.869604401089358 * (u14 * u14) - 18.0 * 9.869604401089358 * (u15 * u15)
    out[0, 1] = 6.0 * 3.141592653589793 * t2 * t7 * (2.0 * x - 2.0)
    out[1, 1] = 2.0 + 2.0 * t11 + t12 * (t7 * t7) + t13 * (t14 * t14) + 8.0 * 3.141592653589793 * t10 * t14 * (t8 - 2.0) - t11 * t13 - t12 * t3
    out[1, 0] = out[0, 1]
    return out


def rastrigin_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    out[...] = 20.0 + x * x + y * y - 10.0 * np.cos(2.0 * 3.141592653589793 * x) - 10.0 * np.cos(2.0 * 3.141592653589793 * y)
    return out


def rastrigin_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = 2.0 * x
    t2 = 2.0 * y
    out[0] = t0 + 20.0 * 3.141592653589793 * np.sin(3.141592653589793 * t0)
    out[1] = t2 + 20.0 * 3.141592653589793 * np.sin(3.141592653589793 * t2)
    return out


def rastrigin_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    out[0, 0] = 2.0 + 40.0 * 9.869604401089358 * np.cos(2.0 * 3.141592653589793 * x)
    out[0, 1] = 0.0
    out[1, 1] = 2.0 + 40.0 * 9.869604401089358 * np.cos(2.0 * 3.141592653589793 * y)
    out[1, 0] = out[0, 1]
    return out


def ackley_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    out[...] = 20.0 + 2.718281828459045 - np.exp(0.5 * np.cos(2.0 * 3.141592653589793 * x) + 0.5 * np.cos(2.0 * 3.141592653589793 * y)) - 20.0 * np.exp(-0.2 * np.sqrt(0.5 * (x * x) + 0.5 * (y * y)))
    return out


def ackley_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t1 = 2.0 * 3.141592653589793 * x
    t2 = 2.0 * 3.141592653589793 * y
    t3 = 3.141592653589793 * np.exp(0.5 * np.cos(t1) + 0.5 * np.cos(t2))
    t4 = np.sqrt(0.5 * (x * x) + 0.5 * (y * y))
    t5 = 2.0 * np.exp(-0.2 * t4) / t4
    out[0] = t3 * np.sin(t1) + t5 * x
    out[1] = t3 * np.sin(t2) + t5 * y
    return out


def ackley_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t2 = 2.0 * 3.141592653589793 * x
    t3 = np.cos(t2)
    t4 = 2.0 * 3.141592653589793 * y
    t5 = np.cos(t4)
    t6 = np.exp(0.5 * t3 + 0.5 * t5)
    t7 = np.sin(t2)
    t8 = 9.869604401089358 * t6
    t9 = x * x
    t10 = y * y
    t11 = 0.5 * t10 + 0.5 * t9
    t12 = np.sqrt(t11)
    t13 = np.exp(-0.2 * t12)
    t14 = -2.0 * t13 / t12
    t15 = t13 * t9
    t12_2 = t12 * t12
    t16 = 1.0 / (t12_2 * t12)
    t17 = 0.2 / t11
    t18 = np.sin(t4)
    t19 = t13 * x * y
    t20 = t10 * t13
    out[0, 0] = 2.0 * 9.869604401089358 * t3 * t6 - t14 - t15 * t16 - t15 * t17 - t8 * (t7 * t7)
    out[0, 1] = -t16 * t19 - t17 * t19 - t18 * t7 * t8
    out[1, 1] = 2.0 * 9.869604401089358 * t5 * t6 - t14 - t16 * t20 - t17 * t20 - t8 * (t18 * t18)
    out[1, 0] = out[0, 1]
    return out


def sharp_and_flat_value(x, y, sharpness):
    out = np.empty_like(x, shape=x.shape)
    t0 = y * y
    u1 = 1.5 + x
    u2 = x - 1.5
    out[...] = 1.0 + t0 / 40.0 + (x * x) / 40.0 - np.exp(-sharpness * (t0 + u1 * u1)) - np.exp(-0.5 * t0 - 0.5 * (u2 * u2))
    return out


def sharp_and_flat_gradient(x, y, sharpness):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = y * y
    u1 = x - 1.5
    t1 = np.exp(-0.5 * t0 - 0.5 * (u1 * u1))
    u3 = 1.5 + x
    t2 = sharpness * np.exp(-sharpness * (t0 + u3 * u3))
    out[0] = x / 20.0 + t2 * (3.0 + 2.0 * x) - t1 * (1.5 - 1.0 * x)
    out[1] = y * (0.05 + 2.0 * t2 + 1.0 * t1)
    return out


def sharp_and_flat_hessian(x, y, sharpness):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = 1.5 - 1.0 * x
    t1 = y * y
    u2 = x - 1.5
    t2 = np.exp(-0.5 * t1 - 0.5 * (u2 * u2))
    t3 = 3.0 + 2.0 * x
    u5 = 1.5 + x
    t4 = np.exp(-sharpness * (t1 + u5 * u5))
    t5 = sharpness * sharpness
    t6 = t5 * t4
    t7 = 1.0 * t2
    t8 = 2.0 * t4
    t9 = 0.05 + t7 + sharpness * t8
    out[0, 0] = t9 - t2 * (t0 * t0) - t6 * (t3 * t3)
    out[0, 1] = y * (1.0 * t0 * t2 - t5 * t3 * t8)
    out[1, 1] = t9 - t1 * t7 - 4.0 * t1 * t6
    out[1, 0] = out[0, 1]
    return out


def tanh_network_value(x, y):
    out = np.empty_like(x, shape=x.shape)
    u0 = y * np.tanh(2.0 * x) - 1.0
    u1 = y * np.tanh(0.5 * x) - 0.5
    u2 = y * np.tanh(x) - 0.7
    u3 = y * np.tanh(3.0 * x) - 0.9
    out[...] = 0.25 * (u0 * u0 + u1 * u1 + u2 * u2 + u3 * u3)
    return out


def tanh_network_gradient(x, y):
    out = np.empty_like(x, shape=(2, *x.shape))
    t0 = np.tanh(x)
    t1 = t0 * y - 0.7
    t2 = np.tanh(2.0 * x)
    t3 = t2 * y - 1.0
    t4 = np.tanh(0.5 * x)
    t5 = t4 * y - 0.5
    t6 = np.tanh(3.0 * x)
    t7 = t6 * y - 0.9
    out[0] = y * (t3 * (1.0 - t2 * t2) + 0.5 * t1 * (1.0 - t0 * t0) + 0.25 * t5 * (1.0 - t4 * t4) + 1.5 * t7 * (1.0 - t6 * t6))
    out[1] = 0.5 * t0 * t1 + 0.5 * t2 * t3 + 0.5 * t4 * t5 + 0.5 * t6 * t7
    return out


def tanh_network_hessian(x, y):
    out = np.empty_like(x, shape=(2, 2, *x.shape))
    t0 = np.tanh(x)
    t1 = t0 * t0
    t2 = 1.0 - t1
    t3 = np.tanh(0.5 * x)
    t4 = t3 * t3
    t5 = 1.0 - t4
    t6 = np.tanh(2.0 * x)
    t7 = t6 * t6
    t8 = 1.0 - t7
    t9 = np.tanh(3.0 * x)
    t10 = t9 * t9
    t11 = 1.0 - t10
    t12 = t0 * y
    t13 = t2 * (t12 - 0.7)
    t14 = t3 * y
    t15 = 0.25 * t5
    t16 = t15 * (t14 - 0.5)
    t17 = t9 * y
    t18 = t11 * (t17 - 0.9)
    t19 = t6 * y
    t20 = t8 * (t19 - 1.0)
    out[0, 0] = y * (0.5 * y * (t2 * t2) + 2.0 * y * (t8 * t8) + 0.125 * y * (t5 * t5) + 4.5 * y * (t11 * t11) - t0 * t13 - t16 * t3 - 9.0 * t18 * t9 - 4.0 * t20 * t6)
    out[0, 1] = t16 + t20 + 0.5 * t13 + 1.5 * t18 + t14 * t15 + t19 * t8 + 0.5 * t12 * t2 + 1.5 * t11 * t17
    out[1, 1] = 0.5 * t1 + 0.5 * t10 + 0.5 * t4 + 0.5 * t7
    out[1, 0] = out[0, 1]
    return out


CODE: dict[str, Code] = {
    "x**2 + y**2": Code((), r"x^{2} + y^{2}", bowl_value, bowl_gradient, bowl_hessian),
    "((x*cos(pi*angle/180) + y*sin(pi*angle/180))**2 + condition*(y*cos(pi*angle/180) - x*sin(pi*angle/180))**2)/2": Code(('angle', 'condition'), r"\frac{\left(x \cos{\left(\frac{\pi \varphi}{180} \right)} + y \sin{\left(\frac{\pi \varphi}{180} \right)}\right)^{2} + \kappa \left(y \cos{\left(\frac{\pi \varphi}{180} \right)} - x \sin{\left(\frac{\pi \varphi}{180} \right)}\right)^{2}}{2}", elliptic_bowl_value, elliptic_bowl_gradient, elliptic_bowl_hessian),
    "x**2/2 + y**4/4 - y**2/2": Code((), r"\frac{x^{2}}{2} + \frac{y^{4}}{4} - \frac{y^{2}}{2}", bounded_saddle_value, bounded_saddle_gradient, bounded_saddle_hessian),
    "x**2 - y**2": Code((), r"x^{2} - y^{2}", saddle_value, saddle_gradient, saddle_hessian),
    "x**3 - 3*x*y**2": Code((), r"x^{3} - 3 x y^{2}", monkey_saddle_value, monkey_saddle_gradient, monkey_saddle_hessian),
    "1 - exp(-0.5*x**2 - y**2)": Code((), r"1 - e^{- 0.5 x^{2} - y^{2}}", plateau_value, plateau_gradient, plateau_hessian),
    "steepness*(y - sin(x))**2 + (x - 3)**2/50": Code(('steepness',), r"s \left(y - \sin{\left(x \right)}\right)^{2} + \frac{\left(x - 3\right)^{2}}{50}", ravine_value, ravine_gradient, ravine_hessian),
    "0.26*(x**2 + y**2) - 0.48*x*y": Code((), r"0.26 \left(x^{2} + y^{2}\right) - 0.48 x y", matyas_value, matyas_gradient, matyas_hessian),
    "(x + 2*y - 7)**2 + (2*x + y - 5)**2": Code((), r"\left(x + 2 y - 7\right)^{2} + \left(2 x + y - 5\right)^{2}", booth_value, booth_gradient, booth_hessian),
    "(1 - x)**2 + b*(y - x**2)**2": Code(('b',), r"\left(1 - x\right)^{2} + b \left(y - x^{2}\right)^{2}", rosenbrock_value, rosenbrock_gradient, rosenbrock_hessian),
    "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2": Code((), r"\left(1.5 - x + x y\right)^{2} + \left(2.25 - x + x y^{2}\right)^{2} + \left(2.625 - x + x y^{3}\right)^{2}", beale_value, beale_gradient, beale_hessian),
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2": Code((), r"\left(x^{2} + y - 11\right)^{2} + \left(x + y^{2} - 7\right)^{2}", himmelblau_value, himmelblau_gradient, himmelblau_hessian),
    "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2": Code((), r"2 x^{2} - 1.05 x^{4} + \frac{x^{6}}{6} + x y + y^{2}", three_hump_camel_value, three_hump_camel_gradient, three_hump_camel_hessian),
    "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + 4*(y**2 - 1)*y**2": Code((), r"\left(4 - 2.1 x^{2} + \frac{x^{4}}{3}\right) x^{2} + x y + 4 \left(y^{2} - 1\right) y^{2}", six_hump_camel_value, six_hump_camel_gradient, six_hump_camel_hessian),
    "sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1": Code((), r"\sin{\left(x + y \right)} + \left(x - y\right)^{2} - 1.5 x + 2.5 y + 1", mccormick_value, mccormick_gradient, mccormick_hessian),
    "(1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))": Code((), r"\left(1 + \left(x + y + 1\right)^{2} \left(19 - 14 x + 3 x^{2} - 14 y + 6 x y + 3 y^{2}\right)\right) \left(30 + \left(2 x - 3 y\right)^{2} \left(18 - 32 x + 12 x^{2} + 48 y - 36 x y + 27 y^{2}\right)\right)", goldstein_price_value, goldstein_price_gradient, goldstein_price_hessian),
    "(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/2": Code((), r"\frac{x^{4} - 16 x^{2} + 5 x + y^{4} - 16 y^{2} + 5 y}{2}", styblinski_tang_value, styblinski_tang_gradient, styblinski_tang_hessian),
    "x**2 + 2*y**2 - 0.3*cos(3*pi*x) - 0.4*cos(4*pi*y) + 0.7": Code((), r"x^{2} + 2 y^{2} - 0.3 \cos{\left(3 \pi x \right)} - 0.4 \cos{\left(4 \pi y \right)} + 0.7", bohachevsky_value, bohachevsky_gradient, bohachevsky_hessian),
    "(y - 5.1*x**2/(4*pi**2) + 5*x/pi - 6)**2 + (10 - 5/(4*pi))*cos(x) + 10": Code((), r"\left(y - \frac{5.1 x^{2}}{4 \pi^{2}} + \frac{5 x}{\pi} - 6\right)^{2} + \left(10 - \frac{5}{4 \pi}\right) \cos{\left(x \right)} + 10", branin_value, branin_gradient, branin_hessian),
    "-cos(x)*cos(y)*exp(-(x - pi)**2 - (y - pi)**2)": Code((), r"- \cos{\left(x \right)} \cos{\left(y \right)} e^{- \left(x - \pi\right)^{2} - \left(y - \pi\right)^{2}}", easom_value, easom_gradient, easom_hessian),
    "1 + (x**2 + y**2)/4000 - cos(x)*cos(y/sqrt(2))": Code((), r"1 + \frac{x^{2} + y^{2}}{4000} - \cos{\left(x \right)} \cos{\left(\frac{y}{\sqrt{2}} \right)}", griewank_value, griewank_gradient, griewank_hessian),
    "sin(3*pi*x)**2 + (x - 1)**2*(1 + sin(3*pi*y)**2) + (y - 1)**2*(1 + sin(2*pi*y)**2)": Code((), r"\sin^{2}{\left(3 \pi x \right)} + \left(x - 1\right)^{2} \left(1 + \sin^{2}{\left(3 \pi y \right)}\right) + \left(y - 1\right)^{2} \left(1 + \sin^{2}{\left(2 \pi y \right)}\right)", levy13_value, levy13_gradient, levy13_hessian),
    "20 + x**2 + y**2 - 10*cos(2*pi*x) - 10*cos(2*pi*y)": Code((), r"20 + x^{2} + y^{2} - 10 \cos{\left(2 \pi x \right)} - 10 \cos{\left(2 \pi y \right)}", rastrigin_value, rastrigin_gradient, rastrigin_hessian),
    "-20*exp(-0.2*sqrt((x**2 + y**2)/2)) - exp((cos(2*pi*x) + cos(2*pi*y))/2) + 20 + E": Code((), r"- 20 e^{- 0.2 \sqrt{\frac{x^{2} + y^{2}}{2}}} - e^{\frac{\cos{\left(2 \pi x \right)} + \cos{\left(2 \pi y \right)}}{2}} + 20 + e", ackley_value, ackley_gradient, ackley_hessian),
    "1 + (x**2 + y**2)/40 - exp(-sharpness*((x + 1.5)**2 + y**2)) - exp(-0.5*((x - 1.5)**2 + y**2))": Code(('sharpness',), r"1 + \frac{x^{2} + y^{2}}{40} - e^{- s \left(\left(x + 1.5\right)^{2} + y^{2}\right)} - e^{- 0.5 \left(\left(x - 1.5\right)^{2} + y^{2}\right)}", sharp_and_flat_value, sharp_and_flat_gradient, sharp_and_flat_hessian),
    "((y*tanh(x/2) - 0.5)**2 + (y*tanh(x) - 0.7)**2 + (y*tanh(2*x) - 1)**2 + (y*tanh(3*x) - 0.9)**2)/4": Code((), r"\frac{\left(y \tanh{\left(\frac{x}{2} \right)} - 0.5\right)^{2} + \left(y \tanh{\left(x \right)} - 0.7\right)^{2} + \left(y \tanh{\left(2 x \right)} - 1\right)^{2} + \left(y \tanh{\left(3 x \right)} - 0.9\right)^{2}}{4}", tanh_network_value, tanh_network_gradient, tanh_network_hessian),
}
