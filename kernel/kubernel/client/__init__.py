"""The one door to the state, built twice: over the registry of this process, and over HTTP to any Kubernetes API server."""
