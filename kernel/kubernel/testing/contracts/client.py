"""What every client promises, whichever way it reaches the state.

Subclass and give the fixture `client`: a client of a cluster that has the kernel's kinds and the namespace `default`, with the
rights to do anything there. It may be shared by the tests; each uses names of its own.
"""

from kubernel.testing.contracts.client_informers import InformerPromises
from kubernel.testing.contracts.client_objects import ObjectPromises


class ClientContract(ObjectPromises, InformerPromises):
    """See the module."""
