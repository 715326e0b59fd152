"""What the demo's site and office did beyond the play: orders, invoices, payments, permits.

All of it goes the way of people's own entries: each works on a replica of their own, and hands in.
`turns` says who does what after whom; the other modules, what they do.
"""

from server.cli.furnishing.desks import Desks
from server.cli.furnishing.ground import Ground
from server.cli.furnishing.people import PEOPLE, Role
from server.cli.furnishing.turns import furnish
from server.cli.furnishing.work import NOTE

__all__ = ["NOTE", "PEOPLE", "Desks", "Ground", "Role", "furnish"]
