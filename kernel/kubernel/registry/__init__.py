"""The state behind the API: which kinds there are, the one write pipeline, the watch caches that every read is served from."""
