"""Findings, plans and records as text and in the formats of other tools."""
