"""Getting pods onto nodes: follows what waits and what there is, asks a scheduler, binds, and tells people what came of it."""
