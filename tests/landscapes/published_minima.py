"""Test functions from the literature as formulas, and minima that are known of them.

The optima are those of Jamil and Yang 2013 (A literature survey of benchmark functions) and of the collections that
followed it, computed again where those contradict each other.
"""

from itertools import product
from math import pi, sqrt
from typing import NamedTuple

from landscapes.critical_points import Domain, Point


class Published(NamedTuple):
    """A formula, the view in which it is searched, some of its minima, and the value at the first of them."""

    text: str
    view: Domain
    minima: tuple[Point, ...]
    value: float


def square(reach: float) -> Domain:
    return (-reach, reach), (-reach, reach)


def signs(x: float, y: float) -> tuple[Point, ...]:
    return tuple((i * x, j * y) for i, j in product((-1, 1), repeat=2))


ORIGIN: tuple[Point, ...] = ((0.0, 0.0),)
R = "sqrt(x^2+y^2)"

PUBLISHED = {
    "Giunta": Published(
        "0.6+" + "+".join(f"sin(16/15{v}-1)+sin(16/15{v}-1)^2+sin(4(16/15{v}-1))/50" for v in "xy"),
        square(1), ((0.46732002530945826, 0.46732002530945826),), 0.06447042053690566),
    "Cosine mixture": Published(
        "x^2+y^2-0.1cos(5pi x)-0.1cos(5pi y)", square(1), ORIGIN, -0.2),
    "Zettl": Published("(x^2+y^2-2x)^2+x/4", square(5), ((-0.0298959776, 0.0),), -0.0037912372),
    "Leon": Published("100(y-x^3)^2+(1-x)^2", square(1.2), ((1.0, 1.0),), 0.0),
    "Cube": Published("100(y-x^3)^2+(1-x)^2", square(10), ((1.0, 1.0),), 0.0),
    "Hosaki": Published(
        "(1-8x+7x^2-7/3x^3+1/4x^4)y^2exp(-y)", ((0, 5), (0, 6)), ((4.0, 2.0),), -2.345811576101292),
    "Brent": Published("(x+10)^2+(y+10)^2+exp(-x^2-y^2)", square(20), ((-10.0, -10.0),), 0.0),
    "Bartels-Conn": Published("abs(x^2+y^2+x y)+abs(sin(x))+abs(cos(y))", square(5), ORIGIN, 1.0),
    "Price 1": Published("(abs(x)-5)^2+(abs(y)-5)^2", square(10), signs(5, 5), 0.0),
    "Price 2": Published("1+sin(x)^2+sin(y)^2-0.1exp(-x^2-y^2)", square(10), ORIGIN, 0.9),
    "Price 3": Published(
        "100(y-x^2)^2+(6.4(y-0.5)^2-x-0.6)^2", square(2), ((1.0, 1.0), (0.34130750, 0.11649081)), 0.0),
    "Price 4": Published("(2x^3y-y^3)^2+(6x-y^2+y)^2", square(5), ((2.0, 4.0), (1.4643521197, -2.5060127608)), 0.0),
    "Schwefel 2.20": Published("abs(x)+abs(y)", square(100), ORIGIN, 0.0),
    "Schwefel 2.21": Published("max(abs(x),abs(y))", square(100), ORIGIN, 0.0),
    "Schwefel 2.22": Published("abs(x)+abs(y)+abs(x)abs(y)", square(100), ORIGIN, 0.0),
    "Schwefel 2.26": Published(
        "-x sin(sqrt(abs(x)))-y sin(sqrt(abs(y)))", square(500), ((420.968746, 420.968746),), -837.9657745),
    "Schwefel 2.4": Published("(x-1)^2+(x-x^2)^2+(y-1)^2+(x-y^2)^2", square(10), ((1.0, 1.0),), 0.0),
    "Egg crate": Published("x^2+y^2+25(sin(x)^2+sin(y)^2)", square(5), ORIGIN, 0.0),
    "Drop wave": Published(f"-(1+cos(12{R}))/(0.5(x^2+y^2)+2)", square(2), ORIGIN, -1.0),
    "Salomon": Published(f"1-cos(2pi {R})+0.1{R}", square(3), ORIGIN, 0.0),
    "Trefethen": Published(
        "exp(sin(50x))+sin(60exp(y))+sin(70sin(x))+sin(sin(80y))-sin(10(x+y))+(x^2+y^2)/4",
        square(1), ((-0.0244030794, 0.2106124272),), -3.3068686475),
    "Chichinadze": Published(
        "x^2-12x+11+10cos(pi x/2)+8sin(5pi x/2)-exp(-(y-0.5)^2/2)/sqrt(5)",
        square(10), ((6.1898665869, 0.5),), -42.9443870190),
    "Ursem 1": Published(
        "-sin(2x-0.5pi)-3cos(y)-0.5x", ((-2.5, 3), (-2, 2)), ((1.6971364546, 0.0),), -4.8168140637),
    "Ursem 3": Published(
        "-sin(2.2pi x+0.5pi)(2-abs(y))/2*(3-abs(x))/2-sin(0.5pi y^2+0.5pi)(2-abs(y))/2*(2-abs(x))/2",
        ((-2, 2), (-1.5, 1.5)), ORIGIN, -2.5),
    "Ursem 4": Published(f"-3sin(0.5pi x+0.5pi)(2-{R})/4", square(2), ORIGIN, -1.5),
    "Mishra's bird": Published(
        "sin(y)exp((1-cos(x))^2)+cos(x)exp((1-sin(y))^2)+(x-y)^2",
        ((-10, 0), (-6.5, 0)), ((-3.1302467996, -1.5821421721),), -106.7645367493),
    "Bird": Published(
        "sin(x)exp((1-cos(y))^2)+cos(y)exp((1-sin(x))^2)+(x-y)^2", square(6.28),
        ((4.7010431302, 3.1529385037), (-1.5821421721, -3.1302467996)), -106.7645367493),
    "Hölder table": Published(
        f"-abs(sin(x)cos(y)exp(abs(1-{R}/pi)))", square(10), signs(8.0550234733, 9.6645900284), -19.2085025679),
    "Cross in tray": Published(
        f"-0.0001(abs(sin(x)sin(y)exp(abs(100-{R}/pi)))+1)^0.1", square(10), signs(1.3494066, 1.3494066),
        -2.0626118708),
    "Carrom table": Published(
        f"-cos(x)^2cos(y)^2exp(2abs(1-{R}/pi))/30", square(10), signs(9.6461676704, 9.6461676704), -24.1568155474),
    "Pen holder": Published(
        f"-exp(-1/abs(cos(x)cos(y)exp(abs(1-{R}/pi))))", square(11), signs(9.6461676710, 9.6461676710), -0.9635348327),
    "Test tube holder": Published(
        "-4abs(sin(x)cos(y)exp(abs(cos((x^2+y^2)/200))))", square(10),
        ((-1.5706026142, 0.0), (1.5706026142, 0.0)), -10.8723001057),
    "Schaffer 1": Published("0.5+(sin(x^2+y^2)^2-0.5)/(1+0.001(x^2+y^2))^2", square(2), ORIGIN, 0.0),
    "Schaffer 2": Published("0.5+(sin(x^2-y^2)^2-0.5)/(1+0.001(x^2+y^2))^2", square(2), ORIGIN, 0.0),
    "Schaffer 4": Published(
        "0.5+(cos(sin(abs(x^2-y^2)))^2-0.5)/(1+0.001(x^2+y^2))^2", square(3),
        ((0.0, 1.2531318), (0.0, -1.2531318), (1.2531318, 0.0), (-1.2531318, 0.0)), 0.2925786320),
    "Freudenstein-Roth": Published(
        "(x-13+((5-y)y-2)y)^2+(x-29+((y+1)y-14)y)^2", ((-20, 20), (-10, 10)),
        ((5.0, 4.0), (11.4127790, -0.8968053)), 0.0),
    "Wayburn-Seader 1": Published(
        "(x^6+y^4-17)^2+(2x+y-4)^2", square(3), ((1.0, 2.0), (1.5968041539, 0.8063916922)), 0.0),
    "Parsopoulos": Published(
        "cos(x)^2+sin(y)^2", square(5), tuple(product((-pi / 2, pi / 2, -1.5 * pi, 1.5 * pi), (-pi, 0.0, pi))), 0.0),
    "Quadratic": Published(
        "-3803.84-138.08x-232.92y+128.08x^2+203.64y^2+182.25x y", square(10),
        ((0.1938801696, 0.4851339013),), -3873.7241821863),
    "Hinge": Published("max(0,1-x)+max(0,1+y)+0.1(x^2+y^2)", square(3), ((1.0, -1.0),), 0.2),
    "Bukin 6": Published(
        "100sqrt(abs(y-0.01x^2))+0.01abs(x+10)", ((-15, -5), (-3, 3)), ((-10.0, 1.0),), 0.0),
    "Bukin 4": Published("100y^2+0.01abs(x+10)", ((-15, -5), (-3, 3)), ((-10.0, 0.0),), 0.0),
    "Nonsmooth Rosenbrock": Published("1000abs(y-x^2)+(1-x)^2", square(2), ((1.0, 1.0),), 0.0),
    "Egg holder": Published(
        "-(y+47)sin(sqrt(abs(x/2+y+47)))-x sin(sqrt(abs(x-y-47)))", ((400, 500), (400, 500)),
        ((439.4809973, 453.9774348),), -935.3379515605),
    "Michalewicz": Published(
        "-sin(x)sin(x^2/pi)^20-sin(y)sin(2y^2/pi)^20", ((0, pi), (0, pi)), ((2.2029055, pi / 2),), -1.801303410099),
    "Adjiman": Published("cos(x)sin(y)-x/(y^2+1)", ((-1, 2), (-1, 1)), (), 0.0),  # lowest on the border of the view
    "Zirilli": Published("x^4/4-x^2/2+x/10+y^2/2", square(10), ((-1.0466805318, 0.0),), -0.3523860738),
    "Deckkers-Aarts": Published(
        "1e5x^2+y^2-(x^2+y^2)^2+1e-5(x^2+y^2)^4", square(20),
        ((0.0, 14.9451121519), (0.0, -14.9451121519)), -24776.5183423),
    "El-Attar": Published(
        "(x^2+y-10)^2+(x+y^2-7)^2+(x^2+y^3-1)^2", square(5), ((3.4091868, -2.1714330),), 1.7127803548),
    "Exponential": Published("-exp(-0.5(x^2+y^2))", square(1), ORIGIN, -1.0),
    "Keane": Published(
        f"-sin(x-y)^2sin(x+y)^2/{R}", ((-1, 3), (-1, 3)), ((0.0, 1.3932490700), (1.3932490700, 0.0)), -0.6736675211),
    "Treccani": Published("x^4+4x^3+4x^2+y^2", square(5), ((0.0, 0.0), (-2.0, 0.0)), 0.0),
    "Venter": Published(
        "x^2-100cos(x)^2-100cos(x^2/30)+y^2-100cos(y)^2-100cos(y^2/30)", square(10), ORIGIN, -400.0),
    "Alpine 1": Published("abs(x sin(x)+0.1x)+abs(y sin(y)+0.1y)", square(5), ORIGIN, 0.0),
    "Alpine 2": Published(
        "-sqrt(x)sin(x)sqrt(y)sin(y)", ((0, 10), (0, 10)), ((7.9170526982, 7.9170526982),), -7.8856007241),
    "Mishra 6": Published(
        "-log((sin((cos(x)+cos(y))^2)^2-cos((sin(x)+sin(y))^2)^2+x)^2)+0.1((x-1)^2+(y-1)^2)",
        ((2, 4), (1, 3)), ((2.8863072, 1.8232603),), -2.283949838475),
    "Ackley 2": Published(f"-200exp(-0.02{R})", square(32), ORIGIN, -200.0),
    "Ackley 3": Published(
        f"-200exp(-0.02{R})+5exp(cos(3x)+sin(3y))", square(2),
        ((0.6825771832, -0.3607018631), (-0.6825771832, -0.3607018631)), -195.6290282622),
    "Xin-She Yang 2": Published("(abs(x)+abs(y))exp(-sin(x^2)-sin(y^2))", square(6), ORIGIN, 0.0),
    "Xin-She Yang 4": Published(
        "(sin(x)^2+sin(y)^2-exp(-x^2-y^2))exp(-sin(sqrt(abs(x)))^2-sin(sqrt(abs(y)))^2)", square(10), ORIGIN, -1.0),
    "Zakharov": Published("x^2+y^2+(0.5x+y)^2+(0.5x+y)^4", square(10), ORIGIN, 0.0),
    "Dixon-Price": Published(
        "(x-1)^2+2(2y^2-x)^2", square(10), ((1.0, sqrt(0.5)), (1.0, -sqrt(0.5))), 0.0),
    "Engvall": Published("x^4+y^4+2x^2y^2-4x+3", square(2), ((1.0, 0.0),), 0.0),
    "Gramacy-Lee": Published("x exp(-x^2-y^2)", square(2), ((-sqrt(0.5), 0.0),), -0.4288819425),
    "Wavy": Published("1-0.5cos(10x)exp(-x^2/2)-0.5cos(10y)exp(-y^2/2)", square(3), ORIGIN, 0.0),
    "Modified Rosenbrock": Published(
        "74+100(y-x^2)^2+(1-x)^2-400exp(-((x+1)^2+(y+1)^2)/0.1)", square(2),
        ((-0.9095537, -0.9505717), (1.0, 1.0)), 34.0402431),
    "Powell's sum": Published("abs(x)^2+abs(y)^3", square(1), ORIGIN, 0.0),
    "Chung-Reynolds": Published("(x^2+y^2)^2", square(10), ORIGIN, 0.0),
    "Double well": Published("abs(x^2-1)+abs(y)", square(2), ((1.0, 0.0), (-1.0, 0.0)), 0.0),
}  # fmt: skip
