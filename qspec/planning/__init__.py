"""From a spec to ISA circuits, PUBs and estimates: everything that a run will do, before it does it."""
