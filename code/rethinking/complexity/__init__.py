"""The measures of Section 2.2: what classical theory would have a network's generalization depend on."""

from rethinking.complexity.finite_class import deviation, log_networks
from rethinking.complexity.norms import (
    Layers,
    frobenius_complexity,
    layers_of,
    margins,
    spectral_complexity,
)
from rethinking.complexity.rademacher import (
    Estimate,
    correlation,
    correlation_of_accuracy,
    draw_signs,
    draws_deviation,
    estimate,
    growth_bound,
    kernel_ball,
    kernel_ball_bound,
    linear_ball,
    linear_ball_bound,
    margin_bound,
    massart_bound,
    rademacher_bound,
    vc_bound,
)
from rethinking.complexity.shattering import Tents, fit_signs
from rethinking.complexity.stability import Change, change, cross_entropies, least_stability, stability_bound

__all__ = [
    "Change",
    "Estimate",
    "Layers",
    "Tents",
    "change",
    "correlation",
    "correlation_of_accuracy",
    "cross_entropies",
    "deviation",
    "draw_signs",
    "draws_deviation",
    "estimate",
    "fit_signs",
    "frobenius_complexity",
    "growth_bound",
    "kernel_ball",
    "kernel_ball_bound",
    "layers_of",
    "least_stability",
    "linear_ball",
    "linear_ball_bound",
    "log_networks",
    "margin_bound",
    "margins",
    "massart_bound",
    "rademacher_bound",
    "spectral_complexity",
    "stability_bound",
    "vc_bound",
]
