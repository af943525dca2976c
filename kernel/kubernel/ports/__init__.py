"""What a plugin implements: one module per port, Protocols with frozen option dataclasses and a capabilities value."""
