"""Sites, projects, their tasks and daily work."""

from server.projects.guards import GUARDS

__all__ = ["GUARDS"]
