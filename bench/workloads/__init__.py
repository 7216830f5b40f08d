"""The workloads of the benchmark, in order."""

from workloads.base import Case, Column, Scale, Workload
from workloads.w1 import Trickle
from workloads.w2 import Bulk
from workloads.w3 import Echo
from workloads.w4 import Crowd
from workloads.w5 import SlowClient
from workloads.w6 import FanOut
from workloads.w7 import Stall
from workloads.w8 import Storm


WORKLOADS: tuple[Workload, ...] = (
    Trickle(),
    Bulk(),
    Echo(),
    Crowd(),
    SlowClient(),
    FanOut(),
    Stall(),
    Storm(),
)

__all__ = ["WORKLOADS", "Case", "Column", "Scale", "Workload"]
