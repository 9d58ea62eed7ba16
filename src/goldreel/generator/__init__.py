"""Synthetic deliveries of a video-streaming platform: realistic, of any size, reproducible."""

from goldreel.generator.delivery import GeneratedDelivery, generate
from goldreel.generator.options import GeneratorOptions

__all__ = ["GeneratedDelivery", "GeneratorOptions", "generate"]
