"""The glossary of the course, one sentence for each term."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term, its symbol in LaTeX (if any), its meaning, and the lesson that explains it."""

    word: str
    symbol: str
    meaning: str
    lesson: str


TERMS = (
    Term(
        "Adadelta",
        "",
        "Divides the typical size of past steps by that of past gradients to scale each step; it needs no "
        "learning rate.",
        "adaptive_methods",
    ),
    Term(
        "Adagrad",
        "",
        "Divides each parameter's step by the root of the sum of all its squared gradients so far.",
        "adaptive_learning_rate",
    ),
    Term(
        "Adam",
        "",
        "Momentum for the direction and RMSprop for the size of the step, both corrected for means that start at zero.",
        "adaptive_methods",
    ),
    Term(
        "Adamax",
        "u",
        "Adam with a decaying maximum of the gradient's size in place of the root of the mean square.",
        "adaptive_methods",
    ),
    Term(
        "AMSGrad",
        r"v_{\mathrm{max}}",
        "Adam that divides by the largest mean square so far, so that it never forgets a large gradient.",
        "adaptive_methods",
    ),
    Term("annealing", "", "Lowering the learning rate, or the noise, in the course of a run.", "gradient_noise"),
    Term("basin of attraction", "", "All starts from which an optimizer converges to the same minimum.", "limits"),
    Term("batch", "B", "The examples that one step uses.", "stochastic_gradient_descent"),
    Term(
        "batch normalisation",
        r"z_{\mathcal B}",
        "Standardising the inputs of a layer by the mean and variance of each batch during training, followed "
        "by a learned gain and shift; afterwards running averages replace the batch's moments.",
        "dropout_and_normalisation",
    ),
    Term(
        "bias correction",
        r"\hat m, \hat v",
        "Compensates for running means that start at zero and are therefore too small at first.",
        "adaptive_methods",
    ),
    Term(
        "condition number",
        r"\kappa",
        "The largest curvature divided by the smallest; its square root says how many times longer than wide "
        "the contours of a bowl are.",
        "momentum",
    ),
    Term("contour", "", "A line of equal loss; the gradient is perpendicular to it.", "gradient_descent"),
    Term(
        "convergence",
        "",
        "A run has converged at step n if from then on at most 0.1 % of the way from the start's loss down to "
        "a minimum's is left.",
        "learning_rate",
    ),
    Term(
        "correlation",
        "r",
        "How closely two features are linearly related: 0 not at all, 1 completely.",
        "feature_scaling",
    ),
    Term("curriculum", "", "A deliberate order of the examples: easy ones first.", "data_order"),
    Term(
        "curvature",
        r"\lambda",
        "How fast the slope changes along a direction; along an eigenvector of the Hessian it is an eigenvalue.",
        "taylor",
    ),
    Term("damping", "", "What makes oscillations decay; momentum near 1 leaves little of it.", "momentum"),
    Term(
        "delayed gradient",
        r"\tau",
        "A gradient of parameters that are several steps old, as in asynchronous training by parallel workers.",
        "stochastic_gradient_descent",
    ),
    Term("divergence", "", "Leaving the map for good, or a loss that is no longer a finite number.", "learning_rate"),
    Term(
        "dropout",
        "p",
        "Setting units of a network to zero at random in each training step, each with probability p, and "
        "rescaling the others; here the units are the features.",
        "dropout_and_normalisation",
    ),
    Term(
        "early stopping",
        "",
        "Ending training when the validation loss stops improving, and keeping the best parameters.",
        "early_stopping",
    ),
    Term(
        "edge of stability",
        r"2/\eta",
        "The sharpness at which gradient descent over all examples stays while it trains a network.",
        "edge_of_stability",
    ),
    Term(
        "effective learning rate",
        "",
        "The factor by which a method finally multiplies the gradient of a parameter.",
        "adaptive_methods",
    ),
    Term(
        "eigenvalue",
        r"\lambda",
        "The curvature along an eigenvector of the Hessian: all are positive at a minimum, signs are mixed at "
        "a saddle point.",
        "limits",
    ),
    Term("epoch", "", "One pass over all examples.", "stochastic_gradient_descent"),
    Term("epsilon", r"\epsilon", "A small number that prevents division by zero.", "adaptive_methods"),
    Term("example", "", "One row of data: features and a target.", "stochastic_gradient_descent"),
    Term("feature", "X", "A known number of an example, from which the model predicts.", "feature_scaling"),
    Term(
        "fine-tuning", "", "Continuing training on a new task from weights that were trained on another.", "fine_tuning"
    ),
    Term(
        "flat minimum",
        "",
        "A minimum with little curvature: a shift of the landscape hardly raises the loss there.",
        "adam_or_sgdm",
    ),
    Term("generalisation gap", "", "The loss on new data minus the loss on the training data.", "adam_or_sgdm"),
    Term(
        "gradient",
        r"\nabla L",
        "The vector of partial derivatives: it points in the direction of steepest ascent, and its length is "
        "the slope there.",
        "gradient_descent",
    ),
    Term("gradient descent", "", "Repeated steps against the gradient.", "gradient_descent"),
    Term(
        "gradient noise",
        "",
        "Random deviations of the gradient, added on purpose or caused by the use of only some examples.",
        "gradient_noise",
    ),
    Term(
        "group normalisation",
        "",
        "Like layer normalisation, but with a mean and variance for each group of channels of an example.",
        "dropout_and_normalisation",
    ),
    Term("Hessian", "H", "The matrix of second derivatives, which gives the curvature in every direction.", "taylor"),
    Term("hyperparameter", "", "A number that is chosen before a run, such as the learning rate.", "learning_rate"),
    Term(
        "instance normalisation",
        "",
        "Normalisation by the mean and variance of each channel of each example.",
        "dropout_and_normalisation",
    ),
    Term(
        "L2 penalty",
        r"\alpha",
        "Half of α times the squared length of the weights, added to the loss; also called ridge regression.",
        "weight_decay",
    ),
    Term(
        "layer normalisation",
        "",
        "Normalisation by the mean and variance of all units of a layer, separately for each example.",
        "dropout_and_normalisation",
    ),
    Term("learning rate", r"\eta", "The factor that turns the gradient into a step.", "learning_rate"),
    Term(
        "learning rate schedule", r"\eta_t", "A rule that sets the learning rate of each step.", "warmup_and_one_cycle"
    ),
    Term(
        "local minimum",
        "",
        "A point whose loss is lower than that of all points near it, but not the lowest of all.",
        "limits",
    ),
    Term(
        "lookahead",
        r"\omega",
        "Several fast steps of an inner optimizer, then one slow step part of the way towards them.",
        "lookahead",
    ),
    Term("loss", "L", "The number that training minimises.", "gradient_descent"),
    Term("loss landscape", "", "The loss as a height over the plane of the parameters.", "gradient_descent"),
    Term("minibatch", "", "A batch of a few examples, drawn anew for every step.", "stochastic_gradient_descent"),
    Term("momentum", r"\gamma", "The share of the last step that the next one keeps.", "momentum"),
    Term(
        "Nadam", r"\gamma_t", "Adam with Nesterov's method: the step uses the momentum of the next step.", "lookahead"
    ),
    Term(
        "Nesterov's method",
        "",
        "Momentum that evaluates the gradient at the point to which the velocity is about to lead.",
        "momentum",
    ),
    Term(
        "Newton's method",
        "",
        "A step to the point where the quadratic model is level, which may also be a maximum or a saddle "
        "point: the gradient divided by the curvature.",
        "taylor",
    ),
    Term(
        "noise ball",
        "",
        "The region around a minimum in which a run with noise and a constant learning rate keeps moving.",
        "stochastic_gradient_descent",
    ),
    Term(
        "one-cycle",
        "",
        "A schedule that raises the learning rate once and lowers it again, while momentum does the opposite.",
        "warmup_and_one_cycle",
    ),
    Term("oscillation", "", "Stepping over the valley to the other side and back.", "learning_rate"),
    Term(
        "overfitting",
        "",
        "Memorising the noise of the training examples, so that the loss on other data rises.",
        "early_stopping",
    ),
    Term("overshoot", "", "Running past the minimum before turning back.", "momentum"),
    Term("parameter", r"\theta", "A number that the optimizer changes; here there are two.", "gradient_descent"),
    Term(
        "patience",
        "P",
        "The number of steps without a better validation loss after which training stops.",
        "early_stopping",
    ),
    Term("plateau", "", "A region where the gradient is almost zero although the loss is not low.", "limits"),
    Term(
        "progressive sharpening",
        "",
        "The rise of the sharpness in the course of training, as long as it is below its limit.",
        "edge_of_stability",
    ),
    Term("quadratic model", "", "The parabola with the value, slope and curvature of the loss at one point.", "taylor"),
    Term(
        "regularisation",
        "",
        "Any change that restrains a model, usually at the price of a higher training loss.",
        "dropout_and_normalisation",
    ),
    Term(
        "RMSprop",
        "",
        "Divides each parameter's step by the root of a running mean of its squared gradients.",
        "adaptive_methods",
    ),
    Term(
        "saddle point",
        "",
        "A point with zero gradient that is a minimum along one direction and a maximum along another.",
        "limits",
    ),
    Term(
        "sharp minimum",
        "",
        "A minimum with much curvature: a small shift of the landscape raises the loss there.",
        "adam_or_sgdm",
    ),
    Term(
        "sharpness",
        r"\lambda_{\mathrm{max}}",
        "The largest eigenvalue of the Hessian: the curvature in the direction in which the loss curves most.",
        "edge_of_stability",
    ),
    Term(
        "sparse feature",
        "",
        "A feature that is zero for most examples, so that its weight seldom has a gradient.",
        "adaptive_learning_rate",
    ),
    Term("standardising", "z", "Shifting and scaling a feature to mean 0 and standard deviation 1.", "feature_scaling"),
    Term("stationary point", "", "A point where the gradient is zero: minimum, maximum or saddle point.", "limits"),
    Term("step", "t", "One change of the parameters; steps count from 0.", "gradient_descent"),
    Term(
        "stochastic gradient descent",
        "",
        "Gradient descent on one example, or a few, at each step: SGD.",
        "stochastic_gradient_descent",
    ),
    Term("target", "Y", "What the model should predict for an example.", "stochastic_gradient_descent"),
    Term(
        "Taylor's theorem",
        "",
        "Near a point a smooth function equals its value plus slope times distance, up to an error that "
        "shrinks like the distance squared.",
        "taylor",
    ),
    Term(
        "tolerance",
        "",
        "How much of the way from the start's loss down to the minimum's may be left when a run counts as "
        "converged: 0.1 %.",
        "learning_rate",
    ),
    Term("training loss", "", "The mean loss over the examples that are trained on.", "early_stopping"),
    Term("trajectory", "", "All points that an optimizer visits, in order.", "gradient_descent"),
    Term("unbiased", "", "Right on average, though not each time.", "stochastic_gradient_descent"),
    Term(
        "validation data",
        "",
        "Examples that are not trained on; they show whether what was learned applies to others.",
        "early_stopping",
    ),
    Term("validation loss", "", "The loss on validation data.", "early_stopping"),
    Term(
        "velocity",
        "m",
        "The step that a method with momentum takes: a decaying sum of all gradient steps so far.",
        "momentum",
    ),
    Term(
        "warm-up",
        "",
        "Starting with a small learning rate and raising it over the first steps.",
        "warmup_and_one_cycle",
    ),
    Term("weight decay", r"\alpha", "Reducing every weight by the same small share in each step.", "weight_decay"),
)
"""The terms in alphabetical order."""
