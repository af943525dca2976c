"""What the API's objects are made of: the building blocks of schemas, and the kinds that the kernel itself must know."""
