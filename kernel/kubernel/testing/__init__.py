"""What tests of kubernel and of its plugins share: a clock turned by hand, scriptable fakes, contract suites.

Shipped with the kernel, so that a stranger's plugin is held to the same promises as a first-party one. Nothing outside of
tests imports this.
"""
