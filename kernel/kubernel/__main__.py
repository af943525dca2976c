"""`python -m kubernel` is the `kubernel` command."""

from kubernel.cli import main

main()
