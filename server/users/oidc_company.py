"""Sign-in with the company: what is known of it before anyone uses it.

The libraries that talk to the provider are loaded when one is set: they take as long to import as
much of the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.settings import Settings
    from server.users.oidc_provider import Provider


class SignInRefusedError(Exception):
    """The company's sign-in did not succeed; the message is for the log, never a secret."""


class ProviderUnreachableError(Exception):
    """The provider does not answer, or not as one."""


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider that the settings name, if they do."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    from server.users.oidc_provider import Provider  # noqa: PLC0415 -- see above

    return Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
