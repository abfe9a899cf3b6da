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
        "Scales each step by the typical size of past steps over that of past gradients; it needs no learning rate.",
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
        "Momentum for the direction, RMSprop for the size of the step, both corrected for starting at zero.",
        "adaptive_methods",
    ),
    Term(
        "annealing", "", "Making something smaller as the run goes on: the learning rate, or noise.", "gradient_noise"
    ),
    Term("basin of attraction", "", "All starts from which an optimizer ends in the same minimum.", "limits"),
    Term("batch", "B", "The examples that one step looks at.", "stochastic_gradient_descent"),
    Term(
        "batch normalisation",
        r"\hat u",
        "Rescaling the features inside the model, by the mean and deviation of each batch.",
        "dropout_and_normalisation",
    ),
    Term(
        "bias correction",
        r"\hat m, \hat v",
        "Makes up for running means that start at zero and are too small at first.",
        "adaptive_methods",
    ),
    Term(
        "cloud",
        "",
        "Where a run with noise and a constant rate keeps moving about, around the minimum.",
        "stochastic_gradient_descent",
    ),
    Term(
        "condition number",
        r"\kappa",
        "The largest curvature divided by the smallest: how many times longer than wide "
        "a bowl's contours are, squared.",
        "momentum",
    ),
    Term("contour", "", "A line of equal loss; the gradient stands at a right angle to it.", "gradient_descent"),
    Term(
        "convergence",
        "",
        "A run has converged at step n if from then on at most 0.1 % of the way from the start's loss down to a "
        "minimum's is left.",
        "learning_rate",
    ),
    Term(
        "correlation", r"\rho", "How far two features say the same thing: 0 nothing, 1 everything.", "feature_scaling"
    ),
    Term("curriculum", "", "An order of the examples with a purpose: easy ones first.", "data_order"),
    Term(
        "curvature", r"\lambda", "How fast the slope changes along a direction: an eigenvalue of the Hessian.", "taylor"
    ),
    Term("damping", "", "What makes swings die down; momentum near 1 leaves little of it.", "momentum"),
    Term("divergence", "", "Leaving the map for good, or a loss that is no longer a number.", "learning_rate"),
    Term(
        "dropout", "p", "Leaving out each feature at random in every step, with chance p.", "dropout_and_normalisation"
    ),
    Term("early stopping", "", "Ending a run where the loss on held-out data is best.", "early_stopping"),
    Term(
        "effective learning rate",
        "",
        "What a method multiplies a gradient by in the end, for each parameter on its own.",
        "adaptive_methods",
    ),
    Term(
        "eigenvalue",
        r"\lambda",
        "The curvature along an eigenvector of the Hessian: all positive at a minimum, mixed signs at a saddle point.",
        "limits",
    ),
    Term("epoch", "", "One pass over all examples.", "stochastic_gradient_descent"),
    Term("epsilon", r"\epsilon", "A small number that keeps a division from being one by zero.", "adaptive_methods"),
    Term("example", "", "One row of data: its features and its target.", "stochastic_gradient_descent"),
    Term("feature", "u", "A number that is known of an example, and from which the model predicts.", "feature_scaling"),
    Term("fine-tuning", "", "Training on from the weights that another task has left.", "fine_tuning"),
    Term(
        "flat minimum",
        "",
        "A minimum with little curvature: a shift of the landscape hardly raises the loss there.",
        "adam_or_sgdm",
    ),
    Term(
        "generalisation gap",
        "",
        "How much higher the loss is on other data than on the data that was learned from.",
        "adam_or_sgdm",
    ),
    Term(
        "gradient",
        r"\nabla L",
        "The vector of slopes: it points where the loss grows fastest, and its length is the slope there.",
        "gradient_descent",
    ),
    Term("gradient descent", "", "Again and again a step against the gradient.", "gradient_descent"),
    Term(
        "gradient noise",
        "",
        "Random numbers added to every gradient, on purpose or because only some data are looked at.",
        "gradient_noise",
    ),
    Term(
        "held-out data",
        "",
        "Examples that training never sees: they tell whether what was learned holds for others.",
        "early_stopping",
    ),
    Term("Hessian", r"\nabla^2 L", "The matrix of second derivatives: the curvature in every direction.", "taylor"),
    Term("hyperparameter", "", "A number that is chosen before the run, such as the learning rate.", "learning_rate"),
    Term(
        "L2 penalty",
        r"\lambda",
        "Half of λ times the squared length of the weights, added to the loss; also called ridge.",
        "weight_decay",
    ),
    Term("learning rate", r"\eta", "What the gradient is multiplied by to make a step.", "learning_rate"),
    Term("learning rate schedule", r"\eta_t", "A learning rate that depends on the step.", "warmup_and_one_cycle"),
    Term("local minimum", "", "A point below everything near it, though not below everything.", "limits"),
    Term("lookahead", "", "A few fast steps, then a slow one part of the way after them.", "lookahead"),
    Term("loss", "L", "The number that is to become small.", "gradient_descent"),
    Term("loss landscape", "", "The loss as a height over the plane of the parameters.", "gradient_descent"),
    Term("minibatch", "", "A batch of a few examples, drawn anew for every step.", "stochastic_gradient_descent"),
    Term("momentum", r"\gamma", "The part of the last step that is kept in the next one.", "momentum"),
    Term("Nesterov's method", "", "Momentum that takes the gradient where the velocity is about to lead.", "momentum"),
    Term(
        "Newton's method",
        "",
        "A step to the minimum of the quadratic model: the gradient divided by the curvature.",
        "taylor",
    ),
    Term("one-cycle", "", "The learning rate up and down once, momentum the other way.", "warmup_and_one_cycle"),
    Term("oscillation", "", "Stepping over the valley to the other side, and back.", "learning_rate"),
    Term(
        "overfitting",
        "",
        "Learning the noise of the examples by heart, so that the loss on other data rises.",
        "early_stopping",
    ),
    Term("overshoot", "", "Running past the minimum before turning back.", "momentum"),
    Term(
        "parameter",
        r"\theta",
        "A number that the optimizer may change; here there are two, x and y.",
        "gradient_descent",
    ),
    Term(
        "patience",
        "p",
        "How many steps without a better held-out loss are waited for before a run stops.",
        "early_stopping",
    ),
    Term("plateau", "", "A region where the gradient is almost zero but the loss is not low.", "limits"),
    Term(
        "quadratic model",
        "",
        "The value, slope and curvature at one point, continued as if nothing else were there.",
        "taylor",
    ),
    Term(
        "regularisation",
        "",
        "Whatever makes a model more cautious at the price of a higher training loss.",
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
        "A point without slope that is a minimum along one direction and a maximum along another.",
        "limits",
    ),
    Term(
        "sharp minimum",
        "",
        "A minimum with much curvature: a small shift of the landscape raises the loss there.",
        "adam_or_sgdm",
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
    Term("target", "v", "What the model should predict for an example.", "stochastic_gradient_descent"),
    Term(
        "Taylor's theorem",
        "",
        "Near a point a smooth function is its value plus slope times distance, but for an error "
        "that shrinks like the distance squared.",
        "taylor",
    ),
    Term(
        "tolerance",
        "",
        "How much of the way from the start's loss down to the minimum's may be left when a run counts as converged: "
        "0.1 %.",
        "learning_rate",
    ),
    Term("training loss", "", "The mean loss over the examples that are learned from.", "early_stopping"),
    Term("trajectory", "", "All points that an optimizer visits, in order.", "gradient_descent"),
    Term("unbiased", "", "Right on average, though not each time.", "stochastic_gradient_descent"),
    Term("velocity", "m", "What a method with momentum moves by: a fading sum of all steps so far.", "momentum"),
    Term(
        "warm-up",
        "",
        "Beginning with a small learning rate and raising it over the first steps.",
        "warmup_and_one_cycle",
    ),
    Term("weight decay", r"\lambda", "Taking the same small share off every weight in each step.", "weight_decay"),
)
"""The terms in alphabetical order."""
