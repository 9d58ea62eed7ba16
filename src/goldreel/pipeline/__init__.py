"""What can be done with a warehouse, in the order in which it is done: load → build → publish."""

from goldreel.pipeline.amendments import export_quarantine, repair, withdraw
from goldreel.pipeline.due import Due, Outlook, look_out
from goldreel.pipeline.forgetting import forget, plan_forgetting, read_ids
from goldreel.pipeline.overview import WarehouseStatus, status
from goldreel.pipeline.parts import begin_build, end_part, open_build, take_up_build
from goldreel.pipeline.steps import Listener, Silent, build, load, load_arrived, prepare, publish, run
from goldreel.pipeline.summary import RunReport, describe
from goldreel.pipeline.trial import Trial, try_delivery

__all__ = [
    "Due",
    "Listener",
    "Outlook",
    "RunReport",
    "Silent",
    "Trial",
    "WarehouseStatus",
    "begin_build",
    "build",
    "describe",
    "end_part",
    "export_quarantine",
    "forget",
    "load",
    "load_arrived",
    "look_out",
    "open_build",
    "plan_forgetting",
    "prepare",
    "publish",
    "read_ids",
    "repair",
    "run",
    "status",
    "take_up_build",
    "try_delivery",
    "withdraw",
]
