"""All doors of people: who they are, and how they prove it."""

from server.users import (
    account_routes,
    invitation_routes,
    login_routes,
    one_time_code_routes,
    profile_routes,
)

HANDLERS = (
    *login_routes.HANDLERS,
    *invitation_routes.HANDLERS,
    *one_time_code_routes.HANDLERS,
    *profile_routes.HANDLERS,
    *account_routes.HANDLERS,
)
