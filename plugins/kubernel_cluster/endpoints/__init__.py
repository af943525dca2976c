"""Which pods answer for a service: Endpoints and EndpointSlices, both from the same pure rules."""
