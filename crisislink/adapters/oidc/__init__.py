"""OpenID Connect: proves who someone is, through their own organisation's provider.

profile (pinned) ─┬─ presets     how each make of provider differs
                  ├─ channel     asks it, bounded in place, bytes and time
                  ├─ discovery   its metadata and keys, for ten minutes
client ───────────┼─ question    out with the browser
                  ├─ credentials who we are
                  ├─ signature → idtoken → userinfo → person      back with an answer
                  └─ logouttoken somebody signed out there
"""

from crisislink.adapters.oidc.client import Finished, OidcClient
from crisislink.adapters.oidc.presets import PRESETS, Make, Preset
from crisislink.adapters.oidc.profile import ProviderProfile

__all__ = ["PRESETS", "Finished", "Make", "OidcClient", "Preset", "ProviderProfile"]
