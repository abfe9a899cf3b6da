"""The letters of the course: each has one meaning, in every lesson, formula and control."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """A letter and its meaning.

    symbols    LaTeX: the letter, with the indices and accents that belong to the same meaning
    meaning    what it stands for
    lesson     the lesson that introduces it, or an empty string
    settings   the names of the knobs that have it
    elsewhere  another letter that it has in a paper or a textbook, if readers may meet it there
    """

    symbols: tuple[str, ...]
    meaning: str
    lesson: str = ""
    settings: frozenset[str] = frozenset()
    elsewhere: str = ""


def _letter(symbols: str, meaning: str, lesson: str = "", settings: str = "", elsewhere: str = "") -> Letter:
    return Letter(tuple(symbols.split(", ")), meaning, lesson, frozenset(settings.split()), elsewhere)


LETTERS = (
    _letter(r"\theta, \theta_t", "The parameters: the point on the map.", "gradient_descent"),
    _letter("x, y", "The two parameters of a surface that is given by a formula.", "gradient_descent"),
    _letter("w, w_1, w_2", "A weight of a model over data, with index where there are two.", "feature_scaling"),
    _letter("b", "An intercept, or the shift of a normalisation.", "stochastic_gradient_descent"),
    _letter(r"L, \ell_i", "The loss; the loss of example i.", "gradient_descent"),
    _letter(r"\nabla, g, g_t", "The gradient, exact or as a step sees it.", "gradient_descent"),
    _letter(r"g_{\mathrm{max}}", "The longest gradient that clipping leaves unchanged.", "", "max_norm", r"Often $c$."),
    _letter("H", "The Hessian, the matrix of second derivatives.", "taylor"),
    _letter("I", "The identity matrix."),
    _letter(
        r"\eta, \eta_t",
        "The learning rate; the rate of step t.",
        "learning_rate",
        "learning_rate rate",
        r"Also $\alpha$. In the paper on gradient noise $\eta$ is a variance, here $\sigma_0^2$.",
    ),
    _letter(
        r"\lambda, \lambda_1, \lambda_2, \lambda_{\mathrm{max}}",
        "A curvature: an eigenvalue of the Hessian.",
        "learning_rate",
        "",
        r"In most papers $\lambda$ is also the strength of weight decay, here $\alpha$.",
    ),
    _letter(
        r"\kappa",
        "The condition number: the largest curvature divided by the smallest.",
        "momentum",
        "condition",
    ),
    _letter(
        r"\alpha",
        "The strength of an L2 penalty or of weight decay.",
        "weight_decay",
        "weight_decay strength l2 decay penalty",
        r"Often $\lambda$; $\alpha$ as in Goodfellow et al. and scikit-learn.",
    ),
    _letter(
        r"\gamma, \gamma_t",
        "The momentum: the share of the last step that is kept. Nadam's depends on the step.",
        "momentum",
        "momentum",
        r"Also $\beta$ or $\mu$; $\mu_t$ in the paper on Nadam.",
    ),
    _letter(
        r"m, \hat m",
        "What a method keeps of past gradients. With SGDM it is a sum that contains the learning rate, the velocity; "
        "with Adam it is a mean.",
        "momentum",
    ),
    _letter(r"v, \hat v, v_{\mathrm{max}}", "A running mean of squared gradients.", "adaptive_methods"),
    _letter("G", "Adagrad's sum of squared gradients.", "adaptive_learning_rate"),
    _letter("u", "Adamax's running maximum of the sizes of gradients.", "adaptive_methods"),
    _letter(
        r"\hat{}",
        "A hat: corrected for a mean that started at zero.",
        "adaptive_methods",
        "bias_correction",
    ),
    _letter(
        r"\beta, \beta_1, \beta_2",
        "The share of an old mean or direction that is kept: 1 of gradients, 2 of squared gradients.",
        "adaptive_methods",
        "beta1 beta2 momentum",
    ),
    _letter(
        r"\rho",
        "The share of the old mean that RMSprop and Adadelta keep.",
        "adaptive_methods",
        "rho",
        r"In other texts also $\beta_2$, $\gamma$ or $\alpha$.",
    ),
    _letter(r"\epsilon", "A small number that prevents division by zero.", "adaptive_methods", "epsilon"),
    _letter(
        r"\nu, \nu_1, \nu_2, \nu_t",
        "The share of a step that is taken: of the momentum step in QHM, of the adaptive step in RAdam.",
        "warmup_and_one_cycle",
        "nu nu1 nu2",
        r"$r_t$ in the paper on RAdam.",
    ),
    _letter(
        r"N, N_t, N_\infty, N_\theta, N_s",
        "A count: of parameters; of gradients in a mean (RAdam); of starts and seeds.",
        "taylor",
        "starts seeds",
        r"$\rho_t$ and $\rho_\infty$ in the paper on RAdam.",
    ),
    _letter(
        r"\omega",
        "Lookahead's slow step, the share of the way that the slow weights go.",
        "lookahead",
        "slow_step_size",
        r"$\alpha$ in the paper; $\omega$ is the usual symbol for relaxation.",
    ),
    _letter(r"\bar\theta", "Lookahead's slow weights.", "lookahead", "", r"$\phi$ in the paper."),
    _letter("k", "A period: every k steps something happens.", "lookahead", "sync_period every restart"),
    _letter("t, t^*", "The step; the best step so far.", "gradient_descent"),
    _letter(
        r"T, T_w, T_s",
        "A number of steps: of the run, of the warm-up, of a stage of a curriculum.",
        "warmup_and_one_cycle",
        "length warmup stage_steps",
    ),
    _letter(
        r"q, q^-, q^+",
        "A factor that is left after a step, a round or a drop.",
        "momentum",
        "decay drop shrink eta_minus eta_plus",
    ),
    _letter(
        "a",
        "The exponent of a decay, of the noise or of the learning rate.",
        "gradient_noise",
        "gamma power annealing",
        r"$\gamma$ in the paper on gradient noise.",
    ),
    _letter(r"\psi", "How fast a schedule changes from step to step.", "", "rate momentum_decay"),
    _letter(
        "f",
        "The share that is left at the end of a schedule, or at its lowest point.",
        "warmup_and_one_cycle",
        "final low lowest_momentum",
    ),
    _letter(r"\chi", "The share of the run that is the tail of one cycle.", "", "tail"),
    _letter("e", "Euler's number."),
    _letter("D_1, D_2", "The two divisors of one cycle: at the start and at the end.", "", "div tail_div"),
    _letter(r"d, \overline{d^2}", "A move of the parameters; Adadelta's running mean of squared moves.", "taylor"),
    _letter("R", "A radius around the point: Taylor's circle, or how far SAM looks uphill.", "taylor", "radius"),
    _letter(
        r"\varphi",
        "An angle.",
        "adaptive_learning_rate",
        "angle task_angle",
    ),
    _letter(
        r"\delta",
        "A small shift, of the start or of the landscape.",
        "limits",
        "offset",
    ),
    _letter(r"\zeta", "What Newton's method adds to every curvature.", "taylor", "damping"),
    _letter(r"\tau", "The delay of a gradient, in steps.", "stochastic_gradient_descent", "delay"),
    _letter(
        r"\Delta_i, \Delta_{\mathrm{min}}, \Delta_{\mathrm{max}}",
        "Rprop's own step size of a parameter.",
        "",
        "step_min step_max",
    ),
    _letter("n", "The number of examples.", "stochastic_gradient_descent", "n"),
    _letter(
        r"B, \mathcal B_t",
        "The size of a batch; the batch of step t.",
        "stochastic_gradient_descent",
        "size batch_size batch",
    ),
    _letter("S", "The number of stages of a curriculum.", "data_order", "stages"),
    _letter("X, Y", "Features and targets, with the index of the example.", "feature_scaling"),
    _letter(
        r"z, z_{\mathcal B}",
        "A standardised feature: mean 0 and standard deviation 1, of all examples or of a batch.",
        "feature_scaling",
        "standardised batch_norm",
    ),
    _letter(r"\mu", "A mean.", "feature_scaling", "center"),
    _letter(
        r"\sigma, \sigma^2, \sigma_0^2, \sigma_t^2",
        "A standard deviation; its square is a variance, of the noise at the first step or at step t.",
        "gradient_noise",
        "noise eta",
    ),
    _letter("r", "The correlation of two features.", "feature_scaling", "correlation", r"Also $\rho$."),
    _letter(
        "c",
        "The factor of a change of unit, of a feature or of the loss.",
        "feature_scaling",
        "scale loss_scale",
    ),
    _letter("c_1", "Armijo's constant: the share of the predicted decrease that is enough.", "", "armijo"),
    _letter(r"\mathrm{tol}", "The tolerance: the part of the way down that may be left.", "learning_rate", "tolerance"),
    _letter("o", "The share of outliers.", "", "outliers"),
    _letter("h", "The share of the examples that is held out.", "early_stopping", "held_out_share"),
    _letter(
        r"p, \xi",
        "Dropout: the probability of leaving a feature out, and the random mask.",
        "dropout_and_normalisation",
        "rate dropout",
    ),
    _letter("A", "The gain of a normalisation.", "dropout_and_normalisation"),
    _letter("P", "Patience: how many steps without improvement are allowed.", "early_stopping", "patience"),
    _letter("s", "The seed, which decides what is drawn.", "stochastic_gradient_descent", "seed draw"),
    _letter("E", "The budget of a comparison, in gradient evaluations.", "", "budget"),
    _letter(r"\mathbb{E}", "An expected value.", "dropout_and_normalisation"),
    _letter(r"i, j", "Indices: of examples, and of features or steps.", "stochastic_gradient_descent"),
)
"""The letters, in groups: the landscape, the methods, schedules, the data."""
