"""The built-in surfaces, simplest first.

A new entry works immediately; run `python -m landscapes.generate` afterwards, so that the app can load it without
SymPy. Critical points are computed from the expression and are never entered by hand.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from landscapes.critical_points import Domain, Point
from landscapes.generated_code import CODE
from landscapes.generated_points import POINTS
from landscapes.landscape import Landscape
from landscapes.surface_code import Code
from optim_core.knob import Knob


def _surface(
    key: str,
    label: str,
    expression: str,
    *,
    story: str,
    source: str,
    domain: Domain,
    starts: tuple[Point, ...],
    knobs: Mapping[str, Knob] = MappingProxyType({}),
    moving: bool = False,
    cusps: tuple[Point, ...] = (),
) -> Landscape:
    code = CODE.get(expression) or _compiled(expression, knobs)
    facts = {"listed": POINTS.get(key), "moving": moving, "cusps": cusps}
    return Landscape(key, label, expression, code, story, source, domain, starts, MappingProxyType({**knobs}), **facts)


def _compiled(expression: str, knobs: Mapping[str, Knob]) -> Code:
    """The code of a surface that is not in the generated file yet."""
    from landscapes.codegen import compiled, trusted, trusted_latex

    return compiled(trusted(expression), trusted_latex(expression, {name: knob.symbol for name, knob in knobs.items()}))


def _square(reach: float) -> Domain:
    return (-reach, reach), (-reach, reach)


def _by_key(surfaces: Iterable[Landscape]) -> Mapping[str, Landscape]:
    return MappingProxyType({surface.key: surface for surface in surfaces})


LANDSCAPES: Mapping[str, Landscape] = _by_key(
    [
        _surface(
            "bowl",
            "Bowl",
            "x**2 + y**2",
            story="The same slope in every direction: the gradient points straight at the minimum, and every "
            "optimizer should find this easy.",
            source="De Jong 1975, An analysis of the behavior of a class of genetic adaptive systems (function F1)",
            domain=_square(2.0),
            starts=((-1.5, 1.2), (1.6, 0.4), (0.3, -1.7)),
        ),
        _surface(
            "elliptic_bowl",
            "Elliptic bowl",
            "((x*cos(pi*angle/180) + y*sin(pi*angle/180))**2"
            " + condition*(y*cos(pi*angle/180) - x*sin(pi*angle/180))**2)/2",
            story="Steep across, gentle along: the condition number says how much. Turned off the axes, it defeats "
            "methods that give each coordinate its own rate.",
            source="Goh 2017, Why momentum really works, Distill",
            domain=_square(2.0),
            starts=((-1.7, 1.0), (1.8, 0.2), (-0.5, -1.8)),
            knobs={
                "condition": Knob(
                    20.0,
                    1.0,
                    1000.0,
                    r"\kappa",
                    "log",
                    "How many times more the steep direction curves than the gentle one.",
                ),
                "angle": Knob(20.0, -90.0, 90.0, r"\varphi", "linear", "How far the valley is turned, in degrees."),
            },
        ),
        _surface(
            "bounded_saddle",
            "Saddle between two valleys",
            "x**2/2 + y**4/4 - y**2/2",
            story="Descent along x leads to a point where the gradient vanishes although nothing is low there. A "
            "small offset in y decides which valley it is, and how long the wait.",
            source="Dauphin et al. 2014, Identifying and attacking the saddle point problem (arXiv:1406.2572)",
            domain=((-2.0, 2.0), (-1.8, 1.8)),
            starts=((-1.6, 0.01), (1.5, -0.1), (-1.2, 1.5)),
        ),
        _surface(
            "saddle",
            "Saddle",
            "x**2 - y**2",
            story="Down along x, down without end along y: there is no minimum. What counts is how soon an optimizer "
            "leaves the saddle; every path that leaves it must end off the map.",
            source="Lee et al. 2016, Gradient descent only converges to minimizers (arXiv:1602.04915)",
            domain=_square(2.0),
            starts=((-1.5, 0.001), (1.2, -0.05), (0.8, 1.0)),
        ),
        _surface(
            "monkey_saddle",
            "Monkey saddle",
            "x**3 - 3*x*y**2",
            story="Three ways down, one of them for the tail, and no minimum. At the centre the gradient and the "
            "Hessian both vanish, so that second-order methods get no advice either.",
            source="Hilbert and Cohn-Vossen 1932, Anschauliche Geometrie",
            domain=_square(1.5),
            starts=((1.2, 0.02), (0.5, 1.0), (1.0, -0.3)),
        ),
        _surface(
            "plateau",
            "Plateau",
            "1 - exp(-0.5*x**2 - y**2)",
            story="Far from the hole the ground is almost level. Steps in proportion to the slope stand still here; "
            "methods that gather speed, or that divide by the size of the slope, get across.",
            source="After Hochreiter 1991, Untersuchungen zu dynamischen neuronalen Netzen (vanishing gradients)",
            domain=((-5.0, 3.0), (-3.0, 3.0)),
            starts=((-3.8, 0.9), (2.2, 1.8), (-1.5, -1.8)),
        ),
        _surface(
            "ravine",
            "Long ravine",
            "steepness*(y - sin(x))**2 + (x - 3)**2/50",
            story="A winding gorge with steep walls and an almost level floor. A rate small enough not to bounce off "
            "the walls is far too small to walk along the floor.",
            source="After Gelfand and Tsetlin 1961, The principle of nonlocal search in automatic optimization systems",
            domain=((-5.0, 5.0), (-2.5, 2.5)),
            starts=((-4.0, 2.0), (-2.0, -2.0), (4.5, 1.5)),
            knobs={"steepness": Knob(10.0, 0.1, 100.0, "s", "log", "How steep the walls are.")},
        ),
        _surface(
            "matyas",
            "Matyas",
            "0.26*(x**2 + y**2) - 0.48*x*y",
            story="A plain quadratic, but its valley lies across the axes: 25 times steeper across than along.",
            source="Jamil and Yang 2013, A literature survey of benchmark functions (arXiv:1308.4008)",
            domain=_square(10.0),
            starts=((-8.0, 2.0), (9.0, -3.0), (2.0, 9.0)),
        ),
        _surface(
            "booth",
            "Booth",
            "(x + 2*y - 7)**2 + (2*x + y - 5)**2",
            story="Least squares with two equations and two unknowns: the minimum is their solution.",
            source="Jamil and Yang 2013, A literature survey of benchmark functions (arXiv:1308.4008)",
            domain=((-6.0, 8.0), (-4.0, 10.0)),
            starts=((-5.0, 0.0), (7.0, 9.0), (6.0, -3.0)),
        ),
        _surface(
            "rosenbrock",
            "Rosenbrock",
            "(1 - x)**2 + b*(y - x**2)**2",
            story="The banana: easy to reach the curved valley, hard to follow it. The most used test of all.",
            source="Rosenbrock 1960, An automatic method for finding the greatest or least value of a function",
            domain=((-2.0, 2.0), (-1.0, 3.0)),
            starts=((-1.5, 2.0), (-1.2, 1.0), (0.0, 2.5), (1.5, -0.5)),
            knobs={"b": Knob(100.0, 1.0, 1000.0, "b", "log", "How steep the walls of the valley are.")},
        ),
        _surface(
            "beale",
            "Beale",
            "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
            story="Sharp peaks at the corners, an almost level floor between them, a saddle at (0, 1): large "
            "gradients at first, tiny ones later.",
            source="Beale 1958, On an iterative method for finding a local minimum of a function of more than one "
            "variable",
            domain=_square(4.5),
            starts=((1.0, 1.5), (-1.5, 1.2), (3.5, -1.5)),
        ),
        _surface(
            "himmelblau",
            "Himmelblau",
            "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
            story="Four minima, all equally good. Which one is found depends on the start, the rate and the optimizer.",
            source="Himmelblau 1972, Applied nonlinear programming",
            domain=_square(6.0),
            starts=((-0.5, -1.2), (0.0, 0.0), (-5.5, 0.3), (1.0, 5.5)),
        ),
        _surface(
            "three_hump_camel",
            "Three-hump camel",
            "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2",
            story="One good valley and a poorer one on either side: descent from far out stops in a poor one, though "
            "the good one is in sight.",
            source="Jamil and Yang 2013, A literature survey of benchmark functions (arXiv:1308.4008)",
            domain=((-2.3, 2.3), (-2.3, 2.3)),
            starts=((1.5, 1.5), (-2.1, 1.9), (2.1, -0.5)),
        ),
        _surface(
            "six_hump_camel",
            "Six-hump camel",
            "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + 4*(y**2 - 1)*y**2",
            story="Six minima in three pairs: two are best, two are fair, two are poor.",
            source="Branin 1972, Widely convergent method for finding multiple solutions of simultaneous nonlinear "
            "equations",
            domain=((-2.1, 2.1), (-1.2, 1.2)),
            starts=((1.9, 1.0), (-1.2, 0.1), (0.5, -0.1)),
        ),
        _surface(
            "mccormick",
            "McCormick",
            "sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1",
            story="A corrugated slope: valleys side by side, each one lower than the last.",
            source="McCormick 1976, Computability of global solutions to factorable nonconvex programs",
            domain=((-1.5, 4.0), (-3.0, 4.0)),
            starts=((-1.2, 3.2), (3.6, -1.8), (1.5, 3.5)),
        ),
        _surface(
            "goldstein_price",
            "Goldstein-Price",
            "(1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))"
            "*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))",
            story="Heights from 3 to a million on one map. No single rate suits both the cliffs and the floor.",
            source="Goldstein and Price 1971, On descent from local minima",
            domain=_square(2.0),
            starts=((-1.0, 0.6), (1.6, -1.0), (0.2, 1.5)),
        ),
        _surface(
            "styblinski_tang",
            "Styblinski-Tang",
            "(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/2",
            story="Two double wells, one along each axis: four minima, of which one is best and its opposite is worst.",
            source="Styblinski and Tang 1990, Experiments in nonconvex optimization: stochastic approximation with "
            "function smoothing and simulated annealing",
            domain=_square(5.0),
            starts=((0.6, 4.6), (-0.2, 0.5), (4.5, -1.0)),
        ),
        _surface(
            "bohachevsky",
            "Bohachevsky",
            "x**2 + 2*y**2 - 0.3*cos(3*pi*x) - 0.4*cos(4*pi*y) + 0.7",
            story="A bowl with a ripple. Near the centre the ripple makes dents deep enough to hold a careful descent.",
            source="Bohachevsky, Johnson and Stein 1986, Generalized simulated annealing for function optimization",
            domain=_square(1.0),
            starts=((0.9, 0.2), (-0.9, 0.7), (0.45, -0.9)),
        ),
        _surface(
            "branin",
            "Branin",
            "(y - 5.1*x**2/(4*pi**2) + 5*x/pi - 6)**2 + (10 - 5/(4*pi))*cos(x) + 10",
            story="Three minima of the same depth in a bent valley; the usual first test of global optimization.",
            source="Branin 1972, Widely convergent method for finding multiple solutions of simultaneous nonlinear "
            "equations",
            domain=((-5.0, 10.0), (0.0, 15.0)),
            starts=((-1.0, 1.5), (6.0, 13.0), (0.5, 11.0)),
        ),
        _surface(
            "easom",
            "Easom",
            "-cos(x)*cos(y)*exp(-(x - pi)**2 - (y - pi)**2)",
            story="One hole in a level field, with faint ripples around it. From outside the gradient tells almost "
            "nothing.",
            source="Easom 1990, A survey of global optimization techniques",
            domain=((0.0, 6.0), (0.0, 6.0)),
            starts=((1.8, 4.2), (4.4, 2.6), (1.0, 1.5)),
        ),
        _surface(
            "griewank",
            "Griewank",
            "1 + (x**2 + y**2)/4000 - cos(x)*cos(y/sqrt(2))",
            story="A regular egg box on a bowl so wide that it is barely felt: nearly equal minima everywhere.",
            source="Griewank 1981, Generalized descent for global optimization",
            domain=_square(8.0),
            starts=((-4.6, 5.6), (2.5, 6.0), (5.0, -3.0)),
        ),
        _surface(
            "levy13",
            "Lévy 13",
            "sin(3*pi*x)**2 + (x - 1)**2*(1 + sin(3*pi*y)**2) + (y - 1)**2*(1 + sin(2*pi*y)**2)",
            story="Rows of ridges on a bowl: each row is a trap of its own, and noise or momentum is what gets over "
            "them.",
            source="Lévy and Montalvo 1985, The tunneling algorithm for the global minimization of functions",
            domain=((0.1, 1.9), (0.1, 1.9)),
            starts=((0.3, 1.7), (1.75, 0.4), (0.45, 0.35)),
        ),
        _surface(
            "rastrigin",
            "Rastrigin",
            "20 + x**2 + y**2 - 10*cos(2*pi*x) - 10*cos(2*pi*y)",
            story="A bowl set with deep pits at almost every whole number. A local method ends in the pit it starts "
            "in.",
            source="Rastrigin 1974, Systems of extremal control",
            domain=_square(2.2),
            starts=((-1.4, 1.65), (1.6, 0.6), (-0.6, -1.6)),
        ),
        _surface(
            "ackley",
            "Ackley",
            "-20*exp(-0.2*sqrt((x**2 + y**2)/2)) - exp((cos(2*pi*x) + cos(2*pi*y))/2) + 20 + E",
            # At the tip the surface has no derivative; by `cusps` the gradient is 0 there instead of 0/0.
            story="A pitted funnel that ends in a sharp tip. The slope does not fade near the minimum: a fixed rate "
            "hops around the tip for ever.",
            source="Ackley 1987, A connectionist machine for genetic hillclimbing",
            domain=_square(2.4),
            starts=((1.5, -0.4), (-1.7, 1.4), (0.6, 2.1)),
            cusps=((0.0, 0.0),),
        ),
        _surface(
            "sharp_and_flat",
            "Sharp and flat minimum",
            "1 + (x**2 + y**2)/40 - exp(-sharpness*((x + 1.5)**2 + y**2)) - exp(-0.5*((x - 1.5)**2 + y**2))",
            story="Two minima of about the same depth, one narrow, one wide. Large rates and noise are thrown out of "
            "the narrow one and stay in the wide one.",
            source="After Hochreiter and Schmidhuber 1997, Flat minima",
            domain=((-3.0, 3.5), (-2.5, 2.5)),
            starts=((-2.0, 0.5), (-1.0, 1.8), (0.2, -2.0)),
            knobs={"sharpness": Knob(6.0, 2.0, 50.0, "s", "log", "How narrow the sharp minimum is.")},
            moving=True,
        ),
        _surface(
            "tanh_network",
            "Two-weight tanh network",
            "((y*tanh(x/2) - 0.5)**2 + (y*tanh(x) - 0.7)**2 + (y*tanh(2*x) - 1)**2 + (y*tanh(3*x) - 0.9)**2)/4",
            story="The mean squared error of a network with one hidden unit, y tanh(x u), on four points u. Changing "
            "the sign of both weights changes nothing: hence two minima, a saddle between them, and long level "
            "arms.",
            source="After Rumelhart, Hinton and Williams 1986, Learning representations by back-propagating errors",
            domain=((-4.0, 4.0), (-2.5, 2.5)),
            starts=((3.2, -2.0), (-0.4, 1.8), (0.2, -0.3)),
        ),
    ]
)
