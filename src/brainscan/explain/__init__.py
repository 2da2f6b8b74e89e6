"""Show where a classifier looked, and measure whether it did."""

from brainscan.explain.agreement import Agreement, energy_inside_mask, pointing_game
from brainscan.explain.baseline import baselines
from brainscan.explain.curves import FaithfulnessCurve, deletion_curve, insertion_curve
from brainscan.explain.figure import figure
from brainscan.explain.grad_cam import GradCAM
from brainscan.explain.grad_cam_plus_plus import GradCAMPlusPlus
from brainscan.explain.heat_map import attribution, heat_map
from brainscan.explain.hires_cam import HiResCAM
from brainscan.explain.integrated_gradients import IntegratedGradients
from brainscan.explain.layer_cam import LayerCAM
from brainscan.explain.method import Method, methods
from brainscan.explain.occlusion import Occlusion
from brainscan.explain.overlay import overlay
from brainscan.explain.randomization import Randomization, randomization_check
from brainscan.explain.uncrop import uncrop

__all__ = [
    "Agreement",
    "FaithfulnessCurve",
    "GradCAM",
    "GradCAMPlusPlus",
    "HiResCAM",
    "IntegratedGradients",
    "LayerCAM",
    "Method",
    "Occlusion",
    "Randomization",
    "attribution",
    "baselines",
    "deletion_curve",
    "energy_inside_mask",
    "figure",
    "heat_map",
    "insertion_curve",
    "methods",
    "overlay",
    "pointing_game",
    "randomization_check",
    "uncrop",
]
