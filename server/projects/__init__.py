"""Sites, projects, their tasks and daily work."""

from server.projects import import_routes, permit_routes, project_routes
from server.projects.following import follow_fieldwork
from server.projects.guards import GUARDS, prepare_fieldwork
from server.projects.planning.baselines import take_baselines
from server.projects.planning.links import prepare_links
from server.projects.planning.marking import mark_all, mark_schedules
from server.projects.planning.recomputing import recompute_next
from server.projects.purging import Purged, purge_deleted

__all__ = [
    "GUARDS",
    "Purged",
    "follow_fieldwork",
    "import_routes",
    "mark_all",
    "mark_schedules",
    "permit_routes",
    "prepare_fieldwork",
    "prepare_links",
    "project_routes",
    "purge_deleted",
    "recompute_next",
    "take_baselines",
]
