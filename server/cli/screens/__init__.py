"""Every screen of the app on a demo installation: photographed, and held to what all must keep.

The screens are those of the app's router; each says in `declared` how it is reached.
"""

from server.cli.screens.browsing import SIZES, Desk, log_in, open_desk, open_entrance, start_browser
from server.cli.screens.declared import ENTRANCES, SCREENS, Entrance, Screen, address_of
from server.cli.screens.demo_site import DemoSite, open_demo_site
from server.cli.screens.routes import routed

__all__ = [
    "ENTRANCES",
    "SCREENS",
    "SIZES",
    "DemoSite",
    "Desk",
    "Entrance",
    "Screen",
    "address_of",
    "log_in",
    "open_demo_site",
    "open_desk",
    "open_entrance",
    "routed",
    "start_browser",
]
