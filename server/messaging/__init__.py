"""Messages: what is told to people outside the apps, by e-mail and by SMS.

Any service that has something to tell posts a letter in the transaction of what it tells of:

    await post(connection, [Letter(kind="alert", to=login, words=Words(...), made_at=now)])

The worker's queue `letters` delivers it, at least once, until it expires. Words are the caller's,
in the language of whoever reads them; the same words become a plain and an HTML mail, or an SMS.
"""

from server.messaging.carriers import Carriers, open_carriers
from server.messaging.delivery import Opener, deliver
from server.messaging.letters import (
    Channel,
    Letter,
    LetterLostError,
    Link,
    Waiting,
    Words,
    channel_of,
    post,
)

__all__ = [
    "Carriers",
    "Channel",
    "Letter",
    "LetterLostError",
    "Link",
    "Opener",
    "Waiting",
    "Words",
    "channel_of",
    "deliver",
    "open_carriers",
    "post",
]
