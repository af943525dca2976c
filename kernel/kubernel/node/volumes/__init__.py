"""The volumes of pods as directories of this host, and where they appear in containers."""
