"""Page of the lesson "Adaptive methods"."""

from landscape_lab.figures.rates import rates_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, entry_name

page = LessonPage("adaptive_methods")
page.picture()
page.formula(
    r"\begin{aligned}"
    r"\text{Adagrad:}\quad & G \leftarrow G + g^2 \\"
    r"& \theta \leftarrow \theta - \eta\, g \,/ \sqrt{G + \epsilon} \\[0.5em]"
    r"\text{RMSprop:}\quad & v \leftarrow \rho\, v + (1 - \rho)\, g^2 \\"
    r"& \theta \leftarrow \theta - \eta\, g \,/ \sqrt{v + \epsilon} \\[0.5em]"
    r"\text{Adadelta:}\quad & d = -g\, \sqrt{u + \epsilon} \,/ \sqrt{v + \epsilon} \\"
    r"& u \leftarrow \rho\, u + (1 - \rho)\, d^2 \\"
    r"& \theta \leftarrow \theta + d \\[0.5em]"
    r"\text{Adam:}\quad & m \leftarrow \beta_1 m + (1 - \beta_1)\, g \\"
    r"& v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \\"
    r"& \hat m = \tfrac{m}{1 - \beta_1^t}, \;\; \hat v = \tfrac{v}{1 - \beta_2^t} \\"
    r"& \theta \leftarrow \theta - \eta\, \hat m \,/ \big(\sqrt{\hat v} + \epsilon\big)"
    r"\end{aligned}",
    {
        r"\theta,\ g": _("the parameters and the gradient; every line is done for each coordinate by itself"),
        r"\eta": _("the learning rate, here the same for the three methods that have one"),
        r"G": _("the sum of all squared gradients so far"),
        r"v": _("their fading average, also in Adadelta"),
        r"\rho": _("how much of the old average is kept: 0.9 of the old, 0.1 of the new"),
        r"d,\ u": _("Adadelta's step, and the fading average of the squared steps"),
        r"m": _("the fading average of the gradient: momentum"),
        r"\beta_1,\ \beta_2": _("Adam's two windows, 0.9 and 0.999"),
        r"\hat m,\ \hat v": _("the averages, corrected for having started at 0; $t$ counts the steps from 1"),
        r"\epsilon": _("a small number against division by 0; here $10^{-4}$ for Adadelta, else $10^{-8}$"),
    },
)
page.why(
    _(
        "All four divide the gradient by its own usual size, in each coordinate. Where it is usually large, the rate "
        "is small. Adagrad takes the usual size from the sum of everything it has seen: the steep slope is never "
        "forgotten, and where the ground becomes gentle the rate is still made for the steep part."
    ),
    _(
        "RMSprop forgets. Its window of 0.9 and 0.1 is about $1 / (1 - \\rho) = 10$ steps long; soon the steep part is "
        "out of sight and the rate recovers. The price: a gradient divided by its recent size never fades, and with a "
        "fixed rate the run keeps hopping around the minimum. Adam's window for $v$ is a hundred times longer: it "
        "remembers the steep part for this whole race and arrives later, but its steps do fade."
    ),
    _(
        "Zeiler looked at the units. A gradient is loss per parameter, so a step $\\eta\\, g$ is not a parameter "
        "unless $\\eta$ mends the units, and a good $\\eta$ for one loss is wrong for another. In $g / \\sqrt v$ the "
        "units cancel: scale the loss, and the path stays. Adadelta also replaces $\\eta$ by the usual size of its own "
        "steps, which is a parameter. It starts from none, so $\\epsilon$ sets the first step: about "
        "$\\sqrt{\\epsilon / (1 - \\rho)}$. It is a learning rate in disguise."
    ),
    _(
        "Averages that start at 0 are too small at first: $m$ by $1 - \\beta_1$, $\\sqrt v$ by $\\sqrt{1 - \\beta_2}$. "
        "The correction divides that out, and the first step has size $\\eta$ in each coordinate. Switch it off: the "
        "first step is $(1 - \\beta_1) / \\sqrt{1 - \\beta_2} = 3.16$ times as long."
    ),
)
page.figure(
    rates_figure.as_dict(
        page.lesson.effective_rates, [entry_name(entry) for entry in page.lesson.scenario.entries], **page.look
    ),
    _(
        "The effective learning rate of each coordinate: what is multiplied with the gradient (with Adam: with its "
        "average). Both coordinates have their own. Adagrad's only fall; those with a short memory rise again."
    ),
)
page.predict()
page.end(
    _("Dividing by the usual size of the gradient gives each coordinate its own rate, and removes the loss's units."),
    _("Adagrad sums for ever, and its rate only falls. A fading average lets the rate recover."),
    _("Adam is momentum over RMSprop. Its bias correction makes the first step as long as the rate says."),
    _("The rates belong to coordinates, not to directions: in a valley that lies askew they help less."),
)
