"""What a container's environment is made of: literal values, fields of the pod, keys of ConfigMaps and Secrets, services."""
