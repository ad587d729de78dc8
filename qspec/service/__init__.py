"""IBM's service, as the runtime's client reaches it: accounts, backends, jobs, and what goes wrong on the way."""
