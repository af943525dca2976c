"""What every control loop stands on: clock, work queues, the shared workers, expectations, events, leader election."""
