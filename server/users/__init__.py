"""People, what they may do, and how they prove who they are."""

from server.users.access import access_of, load_access
from server.users.activity import record_activity
from server.users.activity_of_merges import record_merge
from server.users.code_deadlines import end_unproved_sessions
from server.users.console import Console, bootstrap, open_console
from server.users.devices import DeviceView, read_devices
from server.users.devices import revoke as revoke_device
from server.users.directory import (
    PersonUnknownError,
    ensure_administrator,
    person_by_login,
    token_for,
)
from server.users.following import follow_people
from server.users.guards import GUARDS, prepare_people
from server.users.identity import Confirmations, Identity, identify
from server.users.keys import KeyRing
from server.users.letters import openers as letter_openers
from server.users.oauth_access import check_client, check_client_replica, narrowed
from server.users.oauth_clients import ClientInvalidError, ClientKind
from server.users.oauth_registry import ClientRegistry, open_registry
from server.users.oauth_scopes import SCOPES as CLIENT_SCOPES
from server.users.oidc_company import provider_of
from server.users.permissions import (
    Cell,
    Matrix,
    PermissionChange,
    change_permissions,
    draw_matrix,
    read_permissions,
)
from server.users.proving import Proving, open_proving
from server.users.pruning import prune_people
from server.users.secret import token_secret
from server.users.sessions import (
    DeviceClaim,
    Sessions,
    SessionTokens,
    end_sessions,
    sign_out_everywhere,
)
from server.users.tokens import AccessClaims, Verifier, bearer_of, issue_token

__all__ = [
    "CLIENT_SCOPES",
    "GUARDS",
    "AccessClaims",
    "Cell",
    "ClientInvalidError",
    "ClientKind",
    "ClientRegistry",
    "Confirmations",
    "Console",
    "DeviceClaim",
    "DeviceView",
    "Identity",
    "KeyRing",
    "Matrix",
    "PermissionChange",
    "PersonUnknownError",
    "Proving",
    "SessionTokens",
    "Sessions",
    "Verifier",
    "access_of",
    "bearer_of",
    "bootstrap",
    "change_permissions",
    "check_client",
    "check_client_replica",
    "draw_matrix",
    "end_sessions",
    "end_unproved_sessions",
    "ensure_administrator",
    "follow_people",
    "identify",
    "issue_token",
    "letter_openers",
    "load_access",
    "narrowed",
    "open_console",
    "open_proving",
    "open_registry",
    "person_by_login",
    "prepare_people",
    "provider_of",
    "prune_people",
    "read_devices",
    "read_permissions",
    "record_activity",
    "record_merge",
    "revoke_device",
    "sign_out_everywhere",
    "token_for",
    "token_secret",
]
