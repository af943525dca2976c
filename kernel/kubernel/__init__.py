"""kubernel: an orchestration kernel that speaks the Kubernetes API and gets every part from a plugin.

The rooms stand on floors; a module imports only from lower ones: `errors` and `types`, `ports`, `hooks`, then `objects`,
`registry`, `client` and `machinery`, then `api`, `node` and `scheduling`, and on top `assembly` and `cli`, which wire
plugins into running components.
"""

__version__ = "0.1.0"
