"""The API server: a Flask application called inline by a shell that owns connections, and the hub that feeds watches."""
