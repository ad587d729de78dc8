"""From a file to findings and to a spec. Nothing here imports Qiskit."""
