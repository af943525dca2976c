"""The node agent: runs the pods of one node by a runtime, tells the API how they are, and drives the services' proxy."""
