"""Every screen of the app on a demo installation: photographed, and held to what all must keep.

The screens are those of the app's router; each says in `declared` how it is reached.
"""

from server.cli.screens.browsing import (
    QUIET_FLAGS,
    SIZES,
    Desk,
    chromium_program,
    log_in,
    open_desk,
    start_browser,
)
from server.cli.screens.declared import ENTRANCES, SCREENS, Entrance, Screen, addresses_of
from server.cli.screens.demo_site import DemoSite, open_demo_site
from server.cli.screens.routes import routed
from server.cli.screens.touring import Stop, tour

__all__ = [
    "ENTRANCES",
    "QUIET_FLAGS",
    "SCREENS",
    "SIZES",
    "DemoSite",
    "Desk",
    "Entrance",
    "Screen",
    "Stop",
    "addresses_of",
    "chromium_program",
    "log_in",
    "open_demo_site",
    "open_desk",
    "routed",
    "start_browser",
    "tour",
]
