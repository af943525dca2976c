"""What happens to namespaces: each gets a service account and the root certificate, and is emptied before it goes."""
