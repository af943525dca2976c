"""The two decorators of pluggy, bound to kubernel: `hookspec` for the kernel, `hookimpl` for plugins."""

import pluggy

PROJECT = "kubernel"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
