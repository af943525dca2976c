"""The supervisor: a small process of its own that is the parent of a node's containers.

It is started with the first container and outlives the agent. It imports little, keeps one loop and no truth: when it is
killed itself, the next one reads the records and takes the containers up again.
"""
