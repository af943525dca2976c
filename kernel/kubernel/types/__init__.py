"""Pure values that every floor speaks of: references, selectors, quantities, times, names. No I/O, no state."""
