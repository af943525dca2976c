"""The types of autoscaling that the kernel itself serves: Scale, the body of `scale` subresources."""
