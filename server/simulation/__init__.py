"""A site played from a seed: crews on tablets that come and go, an office, and a proof at the end.

script = write_script(plan, site)          # pure: who wants what, when, with which faults
outcome = await simulate(plan, ...)        # plays it against a server, and proves the result
"""

from server.simulation.proof import Difference
from server.simulation.report import Outcome
from server.simulation.running import Simulation, SimulationError, simulate
from server.simulation.script import Plan, Script, Site, SiteLine, SiteTask, Step, write_script

__all__ = [
    "Difference",
    "Outcome",
    "Plan",
    "Script",
    "Simulation",
    "SimulationError",
    "Site",
    "SiteLine",
    "SiteTask",
    "Step",
    "simulate",
    "write_script",
]
