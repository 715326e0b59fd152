"""The outer wall: what every request meets before, and every answer after, the handlers."""

from server.wall.addresses import Proxies, client_address
from server.wall.cors import cross_origin
from server.wall.edge import Walled
from server.wall.forgery import ForgeryGuard
from server.wall.limiting import LimitClass, Limits
from server.wall.measures import metrics
from server.wall.rates import RateKeeper
from server.wall.standing import Rate

__all__ = [
    "ForgeryGuard",
    "LimitClass",
    "Limits",
    "Proxies",
    "Rate",
    "RateKeeper",
    "Walled",
    "client_address",
    "cross_origin",
    "metrics",
]
