"""How plugins meet the kernel: every hook in `specs`, loading in `discovery`, asking and collecting in `manager`."""

from kubernel.hooks.manager import Plugins, Registrations
from kubernel.hooks.markers import hookimpl

__all__ = ["Plugins", "Registrations", "hookimpl"]
