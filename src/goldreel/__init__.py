"""goldreel: a warehouse for video-streaming analytics."""

from importlib.metadata import version

__version__ = version("goldreel")
