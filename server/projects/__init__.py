"""Sites, projects, their tasks and daily work."""

from server.projects import permit_routes
from server.projects.following import follow_fieldwork
from server.projects.guards import GUARDS, prepare_fieldwork

__all__ = ["GUARDS", "follow_fieldwork", "permit_routes", "prepare_fieldwork"]
