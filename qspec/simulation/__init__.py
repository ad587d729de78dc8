"""Simulation on this machine: devices' data, noise, and the backends that kinds open."""
