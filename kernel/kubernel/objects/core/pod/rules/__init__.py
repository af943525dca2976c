"""What makes a pod's spec valid: the same rules for pods and for the templates that workloads carry.

Each module looks at one part and takes the path under which the part stands. What a field can say by itself (required, known
values, bounds) is in the schema and not repeated here.
"""
