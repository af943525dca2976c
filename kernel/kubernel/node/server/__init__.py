"""The node's own HTTPS server, for the API server alone: logs, health, the pods that run here."""
